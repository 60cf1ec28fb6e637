/** Every event of this gateway: `<service>.<noun>.<past participle>`. A name without its classification row or type does not compile. */
export const eventNames = [
  'environment.air-quality.observed',
  'environment.weather.observed',
  'environment.noise-level.observed',
  'environment.water-level.observed',
  'environment.device-measurement.observed',
  'fishing-vessel.vessel.observed',
  'fishing-vessel.vessel.described',
  'fishing-vessel.navigation-aid.observed',
  'fishing-vessel.base-station.observed',
  'urban-camera.object.observed',
  'urban-camera.zone.entered',
  'urban-camera.zone.left',
  'urban-camera.media.captured',
  'urban-camera.media.stored',
  'urban-camera.media.lost',
  'gateway.gateway.started',
  'gateway.device.failed',
  'gateway.device.recovered',
  'gateway.group.failed',
  'gateway.group.recovered',
  'gateway.uplink.no-consumer',
  'gateway.stage.failed',
  'gateway.file.loaded',
  'gateway.file.refused',
  'gateway.store.replaced',
  'gateway.store.restored',
  'gateway.event.set-aside',
  'gateway.clock.stepped',
  'gateway.governor.stepped',
  'gateway.command.accepted',
  'gateway.command.refused',
  'gateway.command.completed',
  'gateway.maintenance.started',
  'gateway.maintenance.ended',
  'gateway.connection.reported',
  'gateway.inventory.reported',
  'gateway.health.reported',
  'gateway.delivery.reported',
  'gateway.alerts.reported',
] as const;

export type KnownEvent = (typeof eventNames)[number];

/** The retained states: the newest value under `gateway/state/<name>` replaces the one before. */
export const stateNames = ['connection', 'inventory', 'health', 'delivery', 'alerts'] as const;
export type StateName = (typeof stateNames)[number];
