import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import { measureNames, measures, resources } from '../../core/resource-budgets.ts';
import { type Duration, formatDuration, seconds } from '../../core/time.ts';
import { apiOf, askApi, nobody, noGateway, noHaidang } from './api-client.ts';
import { formatTable, tableRows } from './table.ts';

const failure = z.object({ kind: z.string(), message: z.string(), advice: z.string().optional() });

export const uplinkAnswer = z.object({
  name: z.string(),
  sink: z.string(),
  state: z.string(),
  since: z.number(),
  address: z.string(),
  protocol: z.union([z.number(), z.string()]).optional(),
  traffic: z.object({ day: z.string(), bytes: z.number(), budget: z.number(), reserve: z.number() }).optional(),
  delivered: z.number(),
  lastDelivery: z.number().optional(),
  backlog: z.number(),
  shed: z.record(z.string(), z.number()),
  oldest: z.number().optional(),
  error: failure.optional(),
  nextRetry: z.number().optional(),
  warnings: z.array(z.string()),
});

export const outboxAnswer = z.object({
  accepted: z.number(),
  refused: z.record(z.string(), z.number()),
  lanes: z
    .array(
      z.object({
        lane: z.string(),
        rows: z.number(),
        bytes: z.number(),
        oldest: z.number().optional(),
        shed: z.record(z.string(), z.number()),
      }),
    )
    .readonly(),
  history: z.object({ rows: z.number(), bytes: z.number(), oldest: z.number().optional() }),
  setAside: z
    .array(
      z.object({
        at: z.number(),
        uplink: z.string(),
        stream: z.string(),
        number: z.number(),
        topic: z.string(),
        reason: z.string(),
      }),
    )
    .readonly(),
  media: z.object({ files: z.number(), bytes: z.number() }),
});

const governorAnswer = z.object({
  budgets: z.array(
    z.object({
      resource: z.enum(resources),
      value: z.number().optional(),
      limit: z.number().optional(),
      level: z.number(),
      since: z.number().optional(),
    }),
  ),
  measures: z.array(z.enum(measureNames)),
});

const alertsAnswer = z.object({
  total: z.number(),
  open: z.array(z.object({ type: z.string(), subject: z.string(), since: z.number(), severity: z.string() })),
});

const statusAnswer = z.object({
  gateway: z.string(),
  version: z.string(),
  startedAt: z.number(),
  now: z.number(),
  configVersion: z.string(),
  timeQuality: z.string(),
  ready: z.boolean(),
  devices: z.array(
    z.object({
      id: z.string(),
      driver: z.string(),
      state: z.string(),
      since: z.number(),
      observations: z.number(),
      last: z.object({ time: z.number(), text: z.string() }).optional(),
      error: failure.optional(),
      nextRetry: z.number().optional(),
      maintenance: z.object({ until: z.number(), reason: z.string(), sender: z.string() }).optional(),
      counts: z.record(z.string(), z.number()),
    }),
  ),
  uplinks: z.array(uplinkAnswer),
  outbox: outboxAnswer,
  governor: governorAnswer,
  alerts: alertsAnswer,
});

type StatusAnswer = z.output<typeof statusAnswer>;

/** In whole seconds, minutes, hours or days, whichever is coarse enough to be read at a glance. */
const formatAge = (age: Duration): string => {
  const unit = [seconds(86_400), seconds(3600), seconds(60)].find(each => age >= 2 * each) ?? seconds(1);
  return age < unit ? '0s' : formatDuration(Math.floor(age / unit) * unit);
};

const age = (now: number, then: number | undefined): string => (then === undefined ? '-' : formatAge(now - then));

const ago = (now: number, then: number | undefined): string => (then === undefined ? '-' : `${age(now, then)} ago`);

const problemLines = (
  now: number,
  problem: z.output<typeof failure> | undefined,
  nextRetry: number | undefined,
): readonly string[] => {
  if (problem === undefined) return [];
  const retry = nextRetry === undefined ? '' : `; next try in ${formatAge(nextRetry - now)}`;
  return [`${problem.kind}: ${problem.message}${retry}`, ...(problem.advice === undefined ? [] : [problem.advice])];
};

const withNotes = (
  header: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly notes: readonly string[] }[],
): string => {
  const [head = [], ...body] = tableRows([header, ...rows.map(({ cells }) => cells)]);
  const notesOf = (index: number): readonly string[] => (rows[index]?.notes ?? []).map(note => `    ${note}`);
  return [...head, ...body.flatMap((lines, index) => [...lines, ...notesOf(index)]), ''].join('\n');
};

const byReason = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');

/** What waits and what was given up, per lane. */
export const renderOutbox = (now: number, outbox: z.output<typeof outboxAnswer>): string => {
  const rows = outbox.lanes.map(({ lane, rows: count, bytes, oldest, shed }) => [
    lane,
    String(count),
    `${Math.ceil(bytes / 1000)} kB`,
    ago(now, oldest),
    byReason(shed) || '-',
  ]);
  const refused = Object.entries(outbox.refused).map(([reason, count]) => `${count} refused: ${reason}\n`);
  const { files, bytes } = outbox.media;
  const media =
    files === 0 ? '' : `${files} ${files === 1 ? 'picture waits' : 'pictures wait'}, ${Math.ceil(bytes / 1000)} kB\n`;
  const { history } = outbox;
  const kept =
    history.rows === 0
      ? ''
      : `${history.rows} delivered events are kept, ${Math.ceil(history.bytes / 1000)} kB, since ${ago(now, history.oldest)}\n`;
  const setAside = outbox.setAside.map(
    ({ at, uplink, stream, number, topic, reason }) =>
      `set aside ${ago(now, at)}: ${uplink} refuses event ${number} of ${stream} (${topic}): ${reason}\n`,
  );
  const table = formatTable([['LANE', 'EVENTS', 'SIZE', 'OLDEST', 'SHED'], ...rows]);
  return [table, media, kept, ...refused, ...setAside].join('');
};

/** What is left of the day's budget. */
const trafficLines = ({ traffic }: Pick<z.output<typeof uplinkAnswer>, 'traffic'>): readonly string[] => {
  if (traffic === undefined) return [];
  const { day, bytes, budget, reserve } = traffic;
  const megabytes = (count: number): string => (count / 1e6).toFixed(1);
  return [`${megabytes(bytes)} of ${megabytes(budget)} MB used on ${day}, and ${megabytes(reserve)} MB for alerts`];
};

export const renderUplinks = (now: number, uplinks: readonly z.output<typeof uplinkAnswer>[]): string => {
  if (uplinks.length === 0) return 'no uplink: events are accepted and go nowhere\n';
  return withNotes(
    ['UPLINK', 'SINK', 'STATE', 'FOR', 'DELIVERED', 'LAST', 'BACKLOG', 'OLDEST', 'ADDRESS'],
    uplinks.map(
      ({
        name,
        sink,
        state,
        since,
        delivered,
        lastDelivery,
        backlog,
        shed,
        oldest,
        error,
        nextRetry,
        warnings,
        ...uplink
      }) => ({
        cells: [
          name,
          sink,
          state,
          age(now, since),
          String(delivered),
          ago(now, lastDelivery),
          String(backlog),
          ago(now, oldest),
          uplink.protocol === undefined ? uplink.address : `${uplink.address} (MQTT ${uplink.protocol})`,
        ],
        notes: [
          ...problemLines(now, error, nextRetry),
          ...trafficLines(uplink),
          ...(byReason(shed) === '' ? [] : [`given up before delivery: ${byReason(shed)}`]),
          ...warnings,
        ],
      }),
    ),
  );
};

const formatBytes = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;

const resourceFormats: Readonly<Record<(typeof resources)[number], (value: number) => string>> = {
  memory: value => `${formatBytes(value)} memory`,
  cpu: value => `${value.toFixed(2)} cores`,
  temperature: value => `${Math.round(value)} °C`,
  disk: value => `${formatBytes(value)} of the disk free`,
  writes: value => `${formatBytes(value)} written today`,
};

/** What the gateway uses of its machine, and what it does less for its sake. */
const renderGovernor = (now: number, governor: z.output<typeof governorAnswer>): string => {
  const used = governor.budgets.flatMap(({ resource, value }) =>
    value === undefined ? [] : [resourceFormats[resource](value)],
  );
  const exceeded = governor.budgets
    .filter(({ level }) => level > 0)
    .map(({ resource, limit, since }) => {
      const may = limit === undefined ? '' : `, ${resourceFormats[resource](limit)} are allowed now`;
      return `budget exceeded for ${age(now, since)}: ${resource}${may}\n`;
    });
  const taken = governor.measures.map(measure => `    ${measures[measure]}\n`);
  return [used.length === 0 ? '' : `${used.join(', ')}\n`, ...exceeded, ...taken].join('');
};

/** What is open, the oldest first. */
export const renderAlerts = (now: number, { total, open }: z.output<typeof alertsAnswer>): string => {
  if (total === 0) return 'nothing is open\n';
  const rows = open.map(({ type, subject, since, severity }) => [
    type.replace(/^vn\.ioc\./, '').replace(/\.v\d+$/, ''),
    age(now, since),
    severity,
    subject,
  ]);
  const more = total - open.length;
  return `${formatTable([['OPEN', 'FOR', 'SEVERITY', 'ABOUT'], ...rows])}${more > 0 ? `and ${more} more\n` : ''}`;
};

const unblurred = /^(?:snapshot|clip)\.unblurred\.(.*)$/;

/** Pictures and clips in which somebody can be recognized are no detail. */
export const unblurredLines = (counts: Readonly<Record<string, number>>): readonly string[] => {
  const found = new Map<string, number>();
  for (const [reason, count] of Object.entries(counts)) {
    const label = unblurred.exec(reason)?.[1];
    if (label !== undefined) found.set(label, (found.get(label) ?? 0) + count);
  }
  if (found.size === 0) return [];
  const each = [...found].map(([label, count]) => `${count} with each ${label}`);
  return [`unblurred pictures and clips, as "authorised" says: ${each.join(', ')}`];
};

const renderStatus = (status: StatusAnswer): string => {
  const { now, devices, uplinks, outbox, governor, alerts } = status;
  const head = [
    `${status.gateway}, version ${status.version}, configuration ${status.configVersion}`,
    `up ${formatDuration(now - status.startedAt)}, ${status.ready ? 'ready' : 'not ready'}, clock ${status.timeQuality}`,
  ].join('\n');
  const deviceTable =
    devices.length === 0
      ? 'no devices\n'
      : withNotes(
          ['DEVICE', 'DRIVER', 'STATE', 'FOR', 'READ', 'NEWEST', 'VALUE'],
          devices.map(({ id, driver, state, since, observations, last, error, nextRetry, maintenance, counts }) => ({
            cells: [id, driver, state, age(now, since), String(observations), ago(now, last?.time), last?.text ?? '-'],
            notes: [
              ...problemLines(now, error, nextRetry),
              ...(maintenance === undefined
                ? []
                : [
                    `in maintenance for ${formatAge(maintenance.until - now)} (${maintenance.sender}): ${maintenance.reason}`,
                  ]),
              ...unblurredLines(counts),
            ],
          })),
        );
  return `${head}\n\n${deviceTable}\n${renderAlerts(now, alerts)}\n${renderUplinks(now, uplinks)}\n${renderOutbox(now, outbox)}\n${renderGovernor(now, governor)}`;
};

/** Throws `config` for what is no address of an HTTP server. */
const originOf = (url: string): string => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol)) return parsed.origin;
  throw new GatewayError('config', `--url ${url} is no address of a gateway`, {
    advice: 'Write it as http://127.0.0.1:8080.',
  });
};

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'Show what the running gateway does: its devices, its uplinks and what waits.',
  usage: '[FILE]',
  options: {
    watch: { type: 'boolean', short: 'w', summary: 'Show it again every second until Ctrl-C.' },
    json: { type: 'boolean', summary: 'As JSON.' },
    url: { type: 'string', value: 'URL', summary: 'Where the gateway answers; http://127.0.0.1:8080 when absent.' },
  },
  examples: [
    { line: '', summary: 'The gateway of this machine' },
    { line: 'config/sensor-station.yaml --watch', summary: 'The gateway of a configuration, until Ctrl-C' },
  ],
  run: async ({ values, positionals: [file], out }) => {
    if (file !== undefined && values.url !== undefined) {
      throw new GatewayError('config', 'FILE and --url both say where to ask', { advice: 'Give one of them.' });
    }
    const address = file === undefined ? { url: originOf(values.url ?? 'http://127.0.0.1:8080') } : await apiOf(file);
    const show = async (): Promise<string> => {
      const answer = await askApi(address, '/api/v1/status');
      if (answer === nobody) throw noGateway(address);
      if (values.json === true) return `${JSON.stringify(answer)}\n`;
      const parsed = statusAnswer.safeParse(answer);
      if (!parsed.success) throw noHaidang(address);
      return renderStatus(parsed.data);
    };
    if (values.watch !== true) {
      out(await show());
      return 0;
    }
    const clear = process.stdout.isTTY && values.json !== true ? '\u001b[H\u001b[2J' : '';
    for (;;) {
      const text = await show().catch((thrown: unknown) => {
        if (thrown instanceof GatewayError && thrown.kind === 'unreachable') return `${thrown.message}\n`;
        throw thrown;
      });
      out(clear + text);
      await wait(1000);
    }
  },
});
