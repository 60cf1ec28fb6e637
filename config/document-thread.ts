/** The thread of `parseTextApart`: parses one text, then says where things stand in it until it is ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Place, parseText } from './document.ts';

const text: unknown = workerData;
const { reading, positionOf } = parseText(String(text));
parentPort?.postMessage(reading);
parentPort?.on('message', (places: readonly Place[]) => parentPort?.postMessage(places.map(positionOf)));
