/** NAF records, as VMS providers and monitoring centers send them, as observations. */
import type { Chunk } from '../../../core/chunk.ts';
import type { DocumentDecoder } from '../../../core/decoding.ts';
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import { nafReports } from '../../protocols/naf/fields.ts';
import { createNafReader, type NafFraming } from '../../protocols/naf/reader.ts';
import type { NafPiece, NafReport } from '../../protocols/naf/report.ts';
import { toVmsPosition } from '../../protocols/vms/position.ts';

export interface NafSource {
  readonly device: string;
  readonly provider: string;
}

const toDecoded = (piece: NafPiece | NafFraming, { receivedAt }: Chunk, source: NafSource): Decoded => {
  if (piece.kind !== 'report') return piece;
  const { type, imei, internalReference, externalMark, ...report }: NafReport = piece.report;
  return toVmsPosition(
    { ...report, report: nafReports[type], vmsId: imei ?? internalReference, mark: externalMark },
    { ...source, receivedAt },
  );
};

/** Of a stream: each sender has its own unfinished record. */
export const createStreamDecoder = (source: NafSource): Decoder => {
  const readerOf = perChannel(createNafReader);
  return chunk =>
    readerOf(chunk.channel)
      .read(chunk.bytes)
      .map(piece => toDecoded(piece, chunk, source));
};

/** Of whole bodies and files: what is not complete at the end never will be. */
export const createDocumentDecoder =
  (source: NafSource): DocumentDecoder =>
  chunk => {
    const reader = createNafReader();
    return [...reader.read(chunk.bytes), ...reader.end()].map(piece => toDecoded(piece, chunk, source));
  };
