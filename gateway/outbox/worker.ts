/** The thread in which the outbox lives: the one connection to its database, and the uplinks that empty it. */
import { parentPort, workerData } from 'node:worker_threads';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './protocol.ts';
import { toFailure } from './protocol.ts';
import { openService } from './service.ts';

if (parentPort === null) throw new GatewayError('defect', 'the outbox worker is started by openOutbox');
const port = parentPort;
const say = (message: FromWorker): void => port.postMessage(message);
const options: WorkerOptions = workerData;

try {
  const service = openService(options, say);
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'append') {
      say({ kind: 'committed', failures: service.append(message.group) });
      return;
    }
    const { id, question } = message;
    service.answer(question).then(
      value => {
        say({ kind: 'answer', id, value });
        if (question.kind === 'close') port.close();
      },
      (failure: unknown) => say({ kind: 'no-answer', id, failure: toFailure(toGatewayError(failure)) }),
    );
  });
  say({ kind: 'open', status: service.status() });
} catch (failure) {
  say({ kind: 'failed-to-open', failure: toFailure(toGatewayError(failure)) });
  port.close();
}
