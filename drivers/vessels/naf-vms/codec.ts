/** NAF records, as VMS providers and monitoring centers send them, as observations. */
import type { Chunk } from '../../../core/chunk.ts';
import type { DocumentDecoder } from '../../../core/decoding.ts';
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import { nafReports } from '../../protocols/naf/fields.ts';
import { createNafReader, type NafFraming } from '../../protocols/naf/reader.ts';
import type { NafAlarms, NafPiece, NafVessel } from '../../protocols/naf/report.ts';
import { type ReportedVessel, toVmsCall, toVmsPosition } from '../../protocols/vms/position.ts';

export interface NafSource {
  readonly device: string;
  readonly provider: string;
  readonly alarms?: NafAlarms;
}

const toVessel = ({ imei, internalReference, externalMark, ...others }: NafVessel): ReportedVessel => ({
  ...others,
  vmsId: imei ?? internalReference,
  mark: externalMark,
});

const toDecoded = (piece: NafPiece | NafFraming, { receivedAt }: Chunk, { device, provider }: NafSource): Decoded => {
  const bringer = { device, provider, receivedAt };
  switch (piece.kind) {
    case 'report':
      return toVmsPosition(
        { ...piece.report, ...toVessel(piece.report), report: nafReports[piece.report.type] },
        bringer,
      );
    case 'call':
      return toVmsCall({ ...toVessel(piece.call), time: piece.call.time }, bringer);
    default:
      return piece;
  }
};

/** Of a stream: each sender has its own unfinished record. */
export const createStreamDecoder = (source: NafSource): Decoder => {
  const readerOf = perChannel(() => createNafReader(source.alarms));
  return chunk =>
    readerOf(chunk.channel)
      .read(chunk.bytes)
      .map(piece => toDecoded(piece, chunk, source));
};

/** Bytes of a document that are looked at in one go: the others have a turn in between. */
const largestPiece = 4 * 1024;

/** Of whole bodies and files: what is not complete at the end never will be. */
export const createDocumentDecoder = (source: NafSource): DocumentDecoder =>
  function* decode(chunk) {
    const { bytes } = chunk;
    const reader = createNafReader(source.alarms);
    for (let at = 0; at < bytes.length; at += largestPiece)
      for (const piece of reader.read(bytes.subarray(at, at + largestPiece))) yield toDecoded(piece, chunk, source);
    for (const piece of reader.end()) yield toDecoded(piece, chunk, source);
  };
