/**
 * Apparent temperature of air and its humidity, in the shade and a light wind: the heat index of the US National Weather
 * Service, by the regression of Rothfusz (NWS Southern Region, SR 90-23, 1990) and its two adjustments, and below 80 °F
 * by the simple formula (https://www.wpc.ncep.noaa.gov/html/heatindex_equation.shtml). Pure.
 */

export const heatIndexMethod = 'NWS-SR-90-23';

const toFahrenheit = (celsius: number): number => celsius * 1.8 + 32;
const toCelsius = (fahrenheit: number): number => (fahrenheit - 32) / 1.8;

const regression = (t: number, rh: number): number =>
  -42.379 +
  2.04901523 * t +
  10.14333127 * rh -
  0.22475541 * t * rh -
  0.00683783 * t * t -
  0.05481717 * rh * rh +
  0.00122874 * t * t * rh +
  0.00085282 * t * rh * rh -
  0.00000199 * t * t * rh * rh;

const adjustment = (t: number, rh: number): number => {
  if (rh < 13 && t >= 80 && t <= 112) return -((13 - rh) / 4) * Math.sqrt((17 - Math.abs(t - 95)) / 17);
  if (rh > 85 && t >= 80 && t <= 87) return ((rh - 85) / 10) * ((87 - t) / 5);
  return 0;
};

/** Degrees Celsius; `relativeHumidity` 0–1. */
export const heatIndexCelsius = (temperatureCelsius: number, relativeHumidity: number): number => {
  const t = toFahrenheit(temperatureCelsius);
  const rh = relativeHumidity * 100;
  const simple = (0.5 * (t + 61 + (t - 68) * 1.2 + rh * 0.094) + t) / 2;
  return toCelsius(simple < 80 ? simple : regression(t, rh) + adjustment(t, rh));
};
