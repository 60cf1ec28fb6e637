/** The ten services of the city's operations center, and `gateway` for what belongs to none of them. */
export const services = [
  'field-report',
  'urban-camera',
  'warning',
  'press',
  'staff-card',
  'public-service',
  'e-advertising',
  'environment',
  'infosec',
  'fishing-vessel',
  'gateway',
] as const;

export type Service = (typeof services)[number];
