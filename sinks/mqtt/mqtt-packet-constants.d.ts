/** The part of mqtt-packet that its own types leave out. */
declare module 'mqtt-packet/constants.js' {
  const constants: {
    /** Codes that its parser takes in a PUBACK or PUBREC; with any other it gives the connection up. */
    readonly MQTT5_PUBACK_PUBREC_CODES: Record<number, string>;
  };
  export = constants;
}
