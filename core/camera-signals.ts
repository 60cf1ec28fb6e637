/** What a camera can say by itself, or the gateway by its pictures, of what it sees and of how it is: the one table. */
import type { Severity } from './conclusion.ts';

interface CameraSignalMeaning {
  /** `impairment`: the camera does not see or work as it should. `sight`: it noticed something. */
  readonly is: 'impairment' | 'sight';
  /** Of the event that tells that it began. */
  readonly severity: Severity;
  /** What happens again and again is one thing that lasts, so that somebody who tries passwords is not told as often. */
  readonly inBursts?: true;
}

export const cameraSignals = {
  motion: { is: 'sight', severity: 'INFORMATIONAL' },
  'field-entered': { is: 'sight', severity: 'INFORMATIONAL' },
  'line-crossed': { is: 'sight', severity: 'INFORMATIONAL' },
  night: { is: 'sight', severity: 'INFORMATIONAL' },
  tamper: { is: 'impairment', severity: 'HIGH' },
  'signal-lost': { is: 'impairment', severity: 'MEDIUM' },
  black: { is: 'impairment', severity: 'MEDIUM' },
  frozen: { is: 'impairment', severity: 'MEDIUM' },
  covered: { is: 'impairment', severity: 'HIGH' },
  blurred: { is: 'impairment', severity: 'MEDIUM' },
  moved: { is: 'impairment', severity: 'MEDIUM' },
  'digital-input': { is: 'sight', severity: 'INFORMATIONAL' },
  'storage-failure': { is: 'impairment', severity: 'MEDIUM' },
  'fan-failure': { is: 'impairment', severity: 'MEDIUM' },
  'power-failure': { is: 'impairment', severity: 'MEDIUM' },
  'too-hot': { is: 'impairment', severity: 'HIGH' },
  'login-failed': { is: 'sight', severity: 'MEDIUM', inBursts: true },
} as const satisfies Readonly<Record<string, CameraSignalMeaning>>;

export type CameraSignalName = keyof typeof cameraSignals;

export const isInBursts = (name: CameraSignalName): boolean => 'inBursts' in cameraSignals[name];

export const isCameraSignal = (name: string): name is CameraSignalName => Object.hasOwn(cameraSignals, name);

export const cameraSignalNames: readonly CameraSignalName[] = Object.keys(cameraSignals).filter(isCameraSignal);
