/** The demonstration in words: a screen that is drawn again each second, a line for a log, and the table at the end. */
import { formatDuration } from '../../core/time.ts';
import { deviceRows, lossesOf, type Snapshot, waitingOf } from './snapshot.ts';

type Tone = 'plain' | 'title' | 'good' | 'bad' | 'faint';

interface Cell {
  readonly text: string;
  readonly tone?: Tone;
  readonly align?: 'right';
}

const escapes: Readonly<Record<Tone, string>> = {
  plain: '',
  title: '\u001b[1m',
  good: '\u001b[32m',
  bad: '\u001b[33m',
  faint: '\u001b[2m',
};

export interface Paper {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: 'color' | 'plain';
}

const lengthOf = (text: string): number => [...text].length;

const cut = (text: string, width: number): string =>
  lengthOf(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`;

const pad = ({ text, align }: Cell, width: number): string => {
  const fill = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return align === 'right' ? fill + text : text + fill;
};

const paint = (text: string, tone: Tone, { color }: Paper): string =>
  color === 'plain' || tone === 'plain' || text.trim() === '' ? text : `${escapes[tone]}${text}\u001b[0m`;

/** Columns as wide as their widest cell, the last one cut where the paper ends. */
const table = (rows: readonly (readonly Cell[])[], paper: Paper): string[] => {
  const columns = Math.max(...rows.map(row => row.length));
  const widths = Array.from({ length: columns - 1 }, (_, at) =>
    Math.max(...rows.map(row => lengthOf(row[at]?.text ?? ''))),
  );
  const left = widths.reduce((sum, width) => sum + width + 2, 1);
  return rows.map(row => {
    const cells = row.map((cell, at) => {
      const width = widths[at];
      const text = width === undefined ? cut(cell.text, paper.width - left) : pad(cell, width);
      return paint(text, cell.tone ?? 'plain', paper);
    });
    return ` ${cells.join('  ')}`.trimEnd();
  });
};

const title = (text: string): Cell => ({ text, tone: 'faint' });
const right = (text: string): Cell => ({ text, align: 'right' });
const count = (value: number): string => value.toLocaleString('en-US');
const rate = (value: number): string => value.toFixed(1);

const clockTime = (instant: number): string => {
  const date = new Date(instant);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(part => String(part).padStart(2, '0')).join(':');
};

const arrivals = (snapshot: Snapshot, paper: Paper): string[] => {
  const rows = snapshot.center.services.map(({ service, received, rate: perSecond, last }) => [
    { text: service },
    right(count(received)),
    right(rate(perSecond)),
    { text: last === undefined ? '' : `${clockTime(last.at)} ${last.text}` },
  ]);
  const head = [
    title('arrives at the center'),
    { ...title('events'), ...right('events') },
    right('per s'),
    title('newest'),
  ];
  const { lost, late, shed, refused } = lossesOf(snapshot.center);
  const { media, duplicates } = snapshot.center;
  const checks = [
    `${refused === 0 ? 'every event valid' : `REFUSED ${refused}`}`,
    `lost ${lost}`,
    `late ${late}`,
    ...(shed === 0 ? [] : [`shed ${shed}`]),
    `twice ${duplicates}`,
    ...(media === undefined ? [] : [`pictures ${media.stored} stored, ${media.awaited} awaited`]),
  ].join(' · ');
  return [
    ...table([head, ...(rows.length === 0 ? [[{ text: 'nothing yet' }]] : rows)], paper),
    ` ${paint(cut(checks, paper.width - 1), refused + lost === 0 ? 'good' : 'bad', paper)}`,
  ];
};

const devices = (snapshot: Snapshot, paper: Paper): string[] => {
  const rows = deviceRows(snapshot).map(({ id, driver, state, observations, delivered, newest, isWell }): Cell[] => [
    { text: id },
    { text: driver, tone: 'faint' },
    { text: state, tone: isWell ? 'good' : 'bad' },
    right(count(observations)),
    right(count(delivered)),
    { text: newest },
  ]);
  const head = [title('device'), title('driver'), title('state'), right('read'), right('arrived'), title('newest')];
  return table([head, ...rows], paper);
};

const outbox = ({ gateway, now, rates }: Snapshot, paper: Paper): string[] => {
  if (gateway === undefined) return [' the gateway does not answer yet'];
  const lanes = gateway.outbox.lanes.map(({ lane, rows }) => `${lane} ${count(rows)}`).join(', ');
  const oldest = Math.min(...gateway.outbox.lanes.flatMap(lane => lane.oldest ?? []));
  const age = Number.isFinite(oldest) ? `, oldest ${formatDuration(Math.max(0, now - oldest))}` : '';
  const lines = [
    `outbox   waiting ${count(waitingOf(gateway))} (${lanes})${age} · ` +
      `accepted ${count(gateway.outbox.accepted)} · in ${rate(rates.accepted)}/s · out ${rate(rates.delivered)}/s`,
    ...gateway.uplinks.map(({ name, state, since, delivered, error, warnings }) => {
      const problems = [...(state === 'connected' || error === undefined ? [] : [error.message]), ...warnings];
      return (
        `uplink   ${name} ${state} for ${formatDuration(Math.max(0, now - since))} · delivered ${count(delivered)}` +
        (problems.length === 0 ? '' : ` · ${problems.join('; ')}`)
      );
    }),
  ];
  return lines.map(line => ` ${cut(line, paper.width - 1)}`);
};

export const renderScreen = (snapshot: Snapshot, paper: Paper): string[] => [
  ` ${paint('Haidang', 'title', paper)} ${cut(
    `demonstration, running for ${formatDuration(snapshot.elapsed)} · Ctrl-C ends it`,
    paper.width - 9,
  )}`,
  '',
  ...arrivals(snapshot, paper),
  '',
  ...devices(snapshot, paper),
  '',
  ...outbox(snapshot, paper),
  ...(snapshot.notes.length === 0 ? [] : ['']),
  ...snapshot.notes.map(note => ` ${paint(cut(note, paper.width - 1), 'faint', paper)}`),
];

/** Everything in one line, for a log. */
export const renderLine = (snapshot: Snapshot): string => {
  const rows = deviceRows(snapshot);
  const unwell = rows.filter(({ isWell }) => !isWell).map(({ id, state }) => `${id} ${state}`);
  const { lost, refused } = lossesOf(snapshot.center);
  const arrived = snapshot.center.services.map(
    ({ service, received, rate: perSecond }) => `${service} ${count(received)} (${rate(perSecond)}/s)`,
  );
  return [
    formatDuration(snapshot.elapsed),
    `${rows.length - unwell.length} of ${rows.length} devices running${unwell.length === 0 ? '' : ` (${unwell.join(', ')})`}`,
    arrived.length === 0 ? 'nothing arrived yet' : `arrived: ${arrived.join(', ')}`,
    `outbox ${count(waitingOf(snapshot.gateway))} waiting, in ${rate(snapshot.rates.accepted)}/s, out ${rate(snapshot.rates.delivered)}/s`,
    ...(refused === 0 ? [] : [`${refused} REFUSED`]),
    ...(lost === 0 ? [] : [`${lost} LOST`]),
  ].join(' · ');
};

/** What each device delivered, and what the center holds against the gateway. */
export const renderSummary = (snapshot: Snapshot, paper: Paper): string[] => {
  const rows = deviceRows(snapshot);
  const { lost, late, shed, refused } = lossesOf(snapshot.center);
  const { media, duplicates } = snapshot.center;
  const silent = rows.filter(({ delivered }) => delivered === 0).map(({ id }) => id);
  const reasons = [...snapshot.center.invalid].map(([reason, times]) => `   ${times} × ${reason}`);
  return [
    ...table(
      [
        [
          title('device'),
          title('driver'),
          right('observations'),
          right('events at the center'),
          title('state'),
          title('newest'),
        ],
        ...rows.map(({ id, driver, observations, delivered, state, newest }): Cell[] => [
          { text: id },
          { text: driver },
          right(count(observations)),
          { text: count(delivered), align: 'right', tone: delivered === 0 ? 'bad' : 'plain' },
          { text: state },
          { text: newest },
        ]),
      ],
      paper,
    ),
    '',
    ` ${count(snapshot.center.received)} messages arrived in ${formatDuration(snapshot.elapsed)}: ` +
      `${refused} refused, ${lost} lost, ${late} on their way, ${shed} shed, ${duplicates} twice` +
      (media === undefined ? '' : `; ${media.stored} pictures stored, ${media.mismatched} damaged`),
    ...reasons,
    silent.length === 0 ? ' every device delivered' : ` NOTHING arrived from ${silent.join(', ')}`,
  ];
};

/** Whether the demonstration showed what it is there to show. */
export const isConvincing = (snapshot: Snapshot): boolean => {
  const { lost, refused } = lossesOf(snapshot.center);
  return lost === 0 && refused === 0 && deviceRows(snapshot).every(({ delivered }) => delivered > 0);
};
