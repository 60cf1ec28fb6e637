/** The 19 bits in which a station says how it takes its slots: ITU-R M.1371-5 annex 2 §§ 3.3.7.2 and 3.3.7.3. */

/** Self-organized access. One of the last four is there, by the slot time-out. */
export interface SotdmaState {
  readonly kind: 'sotdma';
  /** 0 UTC direct, 1 UTC indirect, 2 and 3 synchronized to another station. */
  readonly syncState: number;
  /** Frames until another slot is chosen, 0–7. */
  readonly slotTimeOut: number;
  /** Stations that it hears; with a time-out of 3, 5 or 7. */
  readonly receivedStations: number | undefined;
  /** The slot of this transmission, 0–2249; with a time-out of 2, 4 or 6. */
  readonly slotNumber: number | undefined;
  /** Hour and minute of its clock, 0–23 and 0–59; with a time-out of 1. */
  readonly utcHour: number | undefined;
  readonly utcMinute: number | undefined;
  /** Slots from this transmission to the one in the next frame; with a time-out of 0. */
  readonly slotOffset: number | undefined;
}

/** Incremental access. */
export interface ItdmaState {
  readonly kind: 'itdma';
  readonly syncState: number;
  /** Slots to the next transmission; 0 for none. */
  readonly slotIncrement: number;
  /** Consecutive slots, coded as the standard does, 0–7. */
  readonly numberOfSlots: number;
  /** The slot is kept for one more frame. */
  readonly keep: boolean;
}

export type CommunicationState = SotdmaState | ItdmaState;

export const toSotdma = (raw: number): SotdmaState => {
  const slotTimeOut = (raw >> 14) & 7;
  const message = raw & 0x3fff;
  const hour = message >> 9;
  const minute = (message >> 2) & 127;
  return {
    kind: 'sotdma',
    syncState: raw >> 17,
    slotTimeOut,
    receivedStations: (slotTimeOut & 1) === 1 && slotTimeOut > 1 ? message : undefined,
    slotNumber: (slotTimeOut & 1) === 0 && slotTimeOut > 0 ? message : undefined,
    utcHour: slotTimeOut === 1 && hour < 24 ? hour : undefined,
    utcMinute: slotTimeOut === 1 && minute < 60 ? minute : undefined,
    slotOffset: slotTimeOut === 0 ? message : undefined,
  };
};

export const toItdma = (raw: number): ItdmaState => ({
  kind: 'itdma',
  syncState: raw >> 17,
  slotIncrement: (raw >> 4) & 0x1fff,
  numberOfSlots: (raw >> 1) & 7,
  keep: (raw & 1) === 1,
});

/** An hour and a minute that no clock shows. */
const noHour = 24;
const noMinute = 60;

const subMessage = (state: SotdmaState): number => {
  if (state.slotTimeOut === 0) return state.slotOffset ?? 0;
  if (state.slotTimeOut === 1) return ((state.utcHour ?? noHour) << 9) | ((state.utcMinute ?? noMinute) << 2);
  return (state.slotTimeOut % 2 === 0 ? state.slotNumber : state.receivedStations) ?? 0;
};

export const toRawCommunicationState = (state: CommunicationState): number =>
  state.kind === 'sotdma'
    ? ((state.syncState & 3) << 17) | ((state.slotTimeOut & 7) << 14) | (subMessage(state) & 0x3fff)
    : ((state.syncState & 3) << 17) |
      ((state.slotIncrement & 0x1fff) << 4) |
      ((state.numberOfSlots & 7) << 1) |
      (state.keep ? 1 : 0);
