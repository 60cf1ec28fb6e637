/** The parts of a simulated camera's configuration that every kind of camera has. */
import { z } from 'zod';
import type { Log } from '../../../core/log.ts';
import { type Codec, codecs } from '../../scenes/coded-pictures.ts';
import { sceneNames } from '../../world/view.ts';
import type { Login } from './digest.ts';

export const sceneFields = () => ({
  scene: z.enum(sceneNames).describe('Which view of the world it sees.'),
  width: z.int().min(64).max(1920).multipleOf(16).default(640).describe('Pixels; the picture is 16:9.'),
  fps: z.literal([1, 2, 4, 5, 8, 10, 20, 25]).default(10).describe('Pictures a second.'),
  codec: z.enum(codecs).default('h264').describe('How the video is coded.'),
  films: z.string().min(1).optional().describe("Folder of rendered films; the project's cache when absent."),
});

export const loginFields = () => ({
  username: z.string().min(1).max(64).optional().describe('Who may look; everybody when absent.'),
  password: z.string().min(1).max(128).optional(),
});

interface SceneConfig {
  readonly scene: (typeof sceneNames)[number];
  readonly width: number;
  readonly fps: number;
  readonly codec: Codec;
  readonly films?: string | undefined;
}

/** What `openFilm` wants to know. */
export const filmOf = ({ scene, width, fps, codec, films }: SceneConfig, log: Log) => {
  let told = 0;
  return {
    scene,
    codec,
    width,
    height: (width / 16) * 9,
    fps,
    ...(films !== undefined && { folder: films }),
    onProgress: (part: number): void => {
      if (part < told) return;
      log.info(`renders the ${scene} (once, then it is kept): ${Math.round(part * 100)} %`);
      told = part < 1 ? part + 0.2 : 2;
    },
  };
};

interface LoginConfig {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export const loginTogether = ({ username, password }: LoginConfig): boolean =>
  (username === undefined) === (password === undefined);

export const loginOf = ({ username, password }: LoginConfig): { readonly login?: Login } =>
  username === undefined || password === undefined ? {} : { login: { username, password } };
