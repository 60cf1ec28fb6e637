/** Findings on serial ports, for people and as entries of a configuration. */
import type { SerialPortFound } from '../../drivers/transports/serial-ports.ts';
import { describeObservation, mostTelling } from '../runtime/describe.ts';
import { type Candidate, connectionOf } from './ear.ts';
import type { Entry } from './entry.ts';
import { formatLine, type PortFinding } from './serial.ts';

/** Others that fit the same bytes; more would only be read past. */
const mostOthers = 3;

const modelOf = ({ driver, sign }: Candidate): string => {
  const keys = Object.entries(sign.config).filter(([key]) => sign.toFill?.[key] === undefined);
  return [driver.name, ...keys.map(([key, value]) => `${key} ${String(value)}`)].join(', ');
};

const saidBy = ({ observations }: Candidate): string => {
  const first = mostTelling(observations.toSorted((a, b) => a.time - b.time));
  return first === undefined ? 'it answers' : describeObservation(first);
};

/** `pms5003 at 9600 8N1: pm25 18.2 ug/m3`. */
const describeCandidate = (candidate: Candidate): string =>
  `${modelOf(candidate)} at ${formatLine(candidate.line)}: ${saidBy(candidate)}`;

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');

/** A line for people, and what to do in the next ones where something is to be done. */
export const describePort = (finding: PortFinding, questions: 'none' | 'harmless'): string => {
  switch (finding.kind) {
    case 'found': {
      const [best] = finding.candidates;
      if (best === undefined) return 'nothing';
      const toFill = Object.keys(best.sign.toFill ?? {});
      const rest = toFill.length === 0 ? '' : `\n  A person has to fill in: ${toFill.join(', ')}.`;
      return `${describeCandidate(best)}${rest}`;
    }
    case 'strange': {
      const rows = finding.heard.map(
        ({ line, bytes, sample }) => `  at ${formatLine(line)} ${bytes} bytes, which begin ${hex(sample)}`,
      );
      const alike = [...new Set(finding.alike.map(({ driver }) => driver.name))];
      const like =
        alike.length === 0
          ? ''
          : `  They are whole messages such as ${alike.join(' and ')} read, of kinds that they pass over.\n`;
      return `something speaks that no driver understands\n${like}${rows.join('\n')}`;
    }
    case 'quiet':
      return questions === 'none'
        ? 'nothing was said; --ask asks those that speak only when they are asked'
        : 'nothing was said, nor answered\n  Check its power and its wires (RX to TX, A to A); `--listen 60s` hears what speaks once a minute.';
    case 'stopped':
      return 'stopped before anything was known';
    case 'skipped':
      return `skipped: ${finding.error.message}${finding.error.advice === undefined ? '' : `\n  ${finding.error.advice}`}`;
  }
};

/** None where nothing was found. */
export const serialEntries = (port: SerialPortFound, finding: PortFinding): readonly Entry[] => {
  if (finding.kind !== 'found') return [];
  const [best, ...others] = finding.candidates;
  if (best === undefined) return [];
  const { driver, sign, line } = best;
  const told = describeCandidate(best);
  // Of models that only their type plate tells apart nothing else is to be said.
  const alike = new Set(others.map(describeCandidate).filter(other => other !== told));
  return [
    {
      name: driver.name,
      driver: driver.name,
      config: { ...sign.config, connection: connectionOf(port.path, line) },
      ...(sign.toFill !== undefined && { toFill: sign.toFill }),
      remarks: [
        port.adapter ?? port.device,
        `${told}${finding.asked ? ', when asked' : ''}`,
        ...[...alike].slice(0, mostOthers).map(other => `or ${other}`),
      ],
    },
  ];
};
