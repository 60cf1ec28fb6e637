/** What becomes of the files that people keep for the stages of a pipeline. */
import { defineEvent } from './event-type.ts';
import { patternField, textField } from './fields.ts';

const versionField = (description: string) => patternField(description, /^[0-9a-f]{12}$/, '1f3a9c52d077');

const fileFields = () => ({
  pipeline: textField('Configured pipeline', 'harbor', 64),
  stage: textField('Stage of it', 'track', 64),
  file: textField('What the stage calls the file', 'registry', 64),
  path: textField('Where it is on the gateway', '/etc/haidang/vessels.csv', 1024),
});

const example = { source: 'pipeline', subject: 'pipeline/harbor', time: '2026-11-22T17:04:10.240Z' } as const;
const exampleFile = { pipeline: 'harbor', stage: 'track', file: 'registry', path: '/etc/haidang/vessels.csv' } as const;

export const fileLoaded = defineEvent({
  name: 'gateway.file.loaded',
  lane: 'event',
  version: '1.0.0',
  summary:
    'A file of a stage (a vessel registry, zones) is in force in this version, at the start or because it changed',
  data: () => ({ ...fileFields(), version: versionField('First 12 hex digits of its SHA-256') }),
  headline: ({ file, stage }, { when }) => ({
    vi: `Tệp ${file} của bước xử lý ${stage} có hiệu lực ${when.vi}`,
    en: `File ${file} of stage ${stage} is in force ${when.en}`,
  }),
  example: { ...example, severity: 'INFORMATIONAL', data: { ...exampleFile, version: '1f3a9c52d077' } },
});

export const fileRefused = defineEvent({
  name: 'gateway.file.refused',
  lane: 'event',
  version: '1.0.0',
  summary: 'A file of a stage cannot be read or used; what was loaded before stays in force',
  data: () => ({
    ...fileFields(),
    message: textField('What is wrong, and where', 'line 17: two vessels have the mark TTH-96969-TS', 1000),
    advice: textField('What to do about it', 'Remove one of the lines.', 1000).optional(),
    inForce: versionField('Version that stays in force; absent where there is none').optional(),
  }),
  headline: ({ file, stage, message }, { when }) => ({
    vi: `Tệp ${file} của bước xử lý ${stage} không dùng được ${when.vi}: ${message}`,
    en: `File ${file} of stage ${stage} cannot be used ${when.en}: ${message}`,
  }),
  example: {
    ...example,
    severity: 'MEDIUM',
    data: {
      ...exampleFile,
      message: 'line 17: two vessels have the mark TTH-96969-TS',
      advice: 'Remove one of the lines.',
      inForce: '1f3a9c52d077',
    },
  },
});
