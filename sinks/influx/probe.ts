import type { Reveal } from '../../core/fields.ts';
import type { InfluxConfig } from './config.ts';
import { openDatabase } from './open-database.ts';

/** Asks once whether the gateway may write. Writes nothing. Throws what the sink would report. */
export const probeInflux = async (config: InfluxConfig, reveal: Reveal): Promise<void> => {
  const { password, token } = config;
  const secrets = {
    ...(password !== undefined && { password: reveal(password) }),
    ...(token !== undefined && { token: reveal(token) }),
  };
  using database = await openDatabase({ config, secrets });
  const answer = await database.knock();
  if (answer.kind === 'away') throw answer.error;
};
