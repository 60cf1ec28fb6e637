/**
 * A Kalman filter of one coordinate that moves at constant velocity and is pushed at random (discrete white noise
 * acceleration, Bar-Shalom et al. 2001, 6.3.2). Four of them, whose noises are independent, follow a box. Pure.
 */

/** Lengths are fractions of the picture, times are seconds. */
export interface Motion {
  readonly position: number;
  readonly velocity: number;
  /** Covariance: of the position, of both, of the velocity. */
  readonly pp: number;
  readonly pv: number;
  readonly vv: number;
}

export const beginMotion = (position: number, deviation: number, velocityDeviation: number): Motion => ({
  position,
  velocity: 0,
  pp: deviation ** 2,
  pv: 0,
  vv: velocityDeviation ** 2,
});

/** After `elapsed`, while accelerations of `acceleration` (standard deviation) may have pushed it. */
export const predictMotion = (motion: Motion, elapsed: number, acceleration: number): Motion => {
  const { position, velocity, pp, pv, vv } = motion;
  const push = acceleration ** 2;
  return {
    position: position + velocity * elapsed,
    velocity,
    pp: pp + 2 * elapsed * pv + elapsed ** 2 * vv + (push * elapsed ** 4) / 4,
    pv: pv + elapsed * vv + (push * elapsed ** 3) / 2,
    vv: vv + push * elapsed ** 2,
  };
};

/** With a position that was measured with the standard deviation `deviation`. */
export const correctMotion = (motion: Motion, measured: number, deviation: number): Motion => {
  const { position, velocity, pp, pv, vv } = motion;
  const innovation = pp + deviation ** 2;
  const gain = pp / innovation;
  const velocityGain = pv / innovation;
  const surprise = measured - position;
  return {
    position: position + gain * surprise,
    velocity: velocity + velocityGain * surprise,
    pp: (1 - gain) * pp,
    pv: (1 - gain) * pv,
    vv: vv - velocityGain * pv,
  };
};

/** Square of the distance of what was measured from what is expected, in standard deviations (Mahalanobis). */
export const surpriseOf = ({ position, pp }: Motion, measured: number, deviation: number): number =>
  (measured - position) ** 2 / (pp + deviation ** 2);
