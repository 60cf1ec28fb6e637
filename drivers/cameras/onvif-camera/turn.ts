/** `ptz` of a camera: what is ordered becomes operations of its PTZ service, and whatever moves on and on is stopped. */
import type { z } from 'zod';
import { sleep } from '../../../core/abort.ts';
import type { ptz } from '../../../core/device-commands.ts';
import { GatewayError } from '../../../core/errors.ts';
import { seconds } from '../../../core/time.ts';
import {
  absoluteMove,
  continuousMove,
  getPresets,
  getStatus,
  gotoHomePosition,
  gotoPreset,
  type PtzVector,
  parsePresets,
  parseStatus,
  relativeMove,
  stopMoving,
} from '../../protocols/onvif/ptz.ts';
import type { SoapRequest } from '../../protocols/onvif/soap.ts';
import type { OnvifService } from './client.ts';

type Move = z.output<typeof ptz.input>['move'];
type Standing = z.output<typeof ptz.output>;

/** Disposing of it stops what moves: nobody could stop it afterwards. */
export interface Head extends Disposable {
  move(move: Move, signal: AbortSignal): Promise<Standing>;
}

const stopsWithin = seconds(3);
/** A lost Stop is sent again; after that the camera's own time-out is what ends the movement. */
const stopAttempts = 3;

/** `profile` is the token of one with a PTZ configuration. */
export const createHead = (service: OnvifService, profile: string): Head => {
  let moving: AbortController | undefined;
  /** A Stop under way must not end the next movement. */
  let stopping = Promise.resolve();

  const stop = async (): Promise<void> => {
    for (let attempt = 1; attempt <= stopAttempts; attempt++) {
      try {
        await service.ask(stopMoving(profile), AbortSignal.timeout(stopsWithin));
        return;
      } catch {
        await sleep(seconds(0.5), AbortSignal.timeout(seconds(1)));
      }
    }
  };

  /** Another order takes the place of the one before: only the last one's movement is stopped. */
  const stopAfter = (length: number): void => {
    const mine = new AbortController();
    moving = mine;
    void sleep(seconds(length), mine.signal).then(() => {
      if (moving !== mine) return;
      moving = undefined;
      stopping = stop();
    });
  };

  const standing = async (signal: AbortSignal): Promise<Standing> => {
    try {
      return parseStatus(await service.ask(getStatus(profile), signal));
    } catch (failure) {
      // It was done all the same; not every camera tells where it stands.
      if (signal.aborted) throw failure;
      return { state: 'unknown' };
    }
  };

  const requestOf = async (move: Move, signal: AbortSignal): Promise<SoapRequest> => {
    switch (move.kind) {
      case 'home':
        return gotoHomePosition(profile);
      case 'stop':
        return stopMoving(profile);
      case 'relative':
        return relativeMove(profile, vectorOf(move));
      case 'continuous':
        return continuousMove(profile, vectorOf(move), move.seconds);
      case 'absolute': {
        // Pan and tilt are set together: the one that is not ordered stays where it is.
        const isWhole = (move.pan === undefined) === (move.tilt === undefined);
        const { pan, tilt } = isWhole ? {} : await standing(signal);
        if (!isWhole && (pan === undefined || tilt === undefined)) {
          throw new GatewayError('config', 'the camera does not tell where it stands', {
            advice: 'Give pan and tilt together.',
          });
        }
        return absoluteMove(profile, {
          ...(pan !== undefined && { pan }),
          ...(tilt !== undefined && { tilt }),
          ...vectorOf(move),
        });
      }
      case 'preset': {
        const presets = parsePresets(await service.ask(getPresets(profile), signal));
        const found =
          presets.find(({ name }) => name === move.preset) ?? presets.find(({ token }) => token === move.preset);
        if (found !== undefined) return gotoPreset(profile, found.token);
        const known = presets.slice(0, 50).map(({ name, token }) => name || token);
        throw new GatewayError('config', 'the camera remembers no such place', {
          advice: `It knows: ${known.join(', ') || 'none'}.`,
        });
      }
    }
  };

  return {
    move: async (move, signal) => {
      const request = await requestOf(move, signal);
      moving?.abort();
      moving = undefined;
      await stopping;
      // Also if its answer is lost.
      if (move.kind === 'continuous') stopAfter(move.seconds);
      await service.ask(request, signal);
      return await standing(signal);
    },
    [Symbol.dispose]: () => {
      if (moving === undefined) return;
      moving.abort();
      moving = undefined;
      void stop();
    },
  };
};

const vectorOf = ({
  pan,
  tilt,
  zoom,
}: {
  readonly pan?: number | undefined;
  readonly tilt?: number | undefined;
  readonly zoom?: number | undefined;
}): PtzVector => ({
  ...(pan !== undefined && { pan }),
  ...(tilt !== undefined && { tilt }),
  ...(zoom !== undefined && { zoom }),
});
