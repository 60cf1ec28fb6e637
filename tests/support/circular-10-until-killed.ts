/** A station that makes a file after the other, and says of each mean when it is settled, until it is killed. */
import { minutes } from '../../core/time.ts';
import { at, meanOf, openStation, pm25 } from './circular-10.ts';
import { until } from './resources.ts';

const [, , folder = '', target = ''] = process.argv;
const station = await openStation({ folder, values: [pm25], delivery: { transport: 'folder', path: target } });
await until('it is connected', () => station.report().state === 'connected');
for (let minute = 5; ; minute += 5) {
  await station.pass(minutes(5));
  station.accept(meanOf(at(minute), 'pm-1', { pm25: minute }));
  await until('it is settled', () => station.report().backlog === 0);
  process.stdout.write(`settled ${minute}\n`);
}
