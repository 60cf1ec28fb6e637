import type { Group } from './protocol.ts';

/** Each call of a group as a group of its own, for when they cannot be committed together. */
export const sliceGroup = (group: Group): readonly Group[] => {
  const slices: Group[] = [];
  let from: readonly number[] = [0, 0, 0, 0, 0];
  for (let call = 0; call < group.calls.length; call += 5) {
    const to = group.calls.slice(call, call + 5);
    slices.push(sliceCall(group, from, to, group.patient[call / 5] ?? false));
    from = to;
  }
  return slices;
};

const sliceCall = (group: Group, from: readonly number[], to: readonly number[], isPatient: boolean): Group => {
  const [event = 0, saved = 0, deadLetter = 0, media = 0, settled = 0] = from;
  const [eventEnd = 0, savedEnd = 0, deadLetterEnd = 0, mediaEnd = 0, settledEnd = 0] = to;
  const start = event === 0 ? 0 : (group.ends[event - 1] ?? 0);
  const end = eventEnd === 0 ? 0 : (group.ends[eventEnd - 1] ?? 0);
  const topicOf = group.topicOf.slice(event, eventEnd);
  const used = [...new Set(topicOf)];
  return {
    topics: used.flatMap(which => group.topics[which] ?? []),
    topicOf: topicOf.map(which => used.indexOf(which)),
    times: group.times.slice(event, eventEnd),
    expires: group.expires.slice(event, eventEnd),
    ends: group.ends.slice(event, eventEnd).map(offset => offset - start),
    bodies: group.bodies.subarray(start, end),
    savedOwners: group.savedOwners.slice(saved, savedEnd),
    savedKeys: group.savedKeys.slice(saved, savedEnd),
    savedValues: group.savedValues.slice(saved, savedEnd),
    deadLetters: group.deadLetters.slice(deadLetter, deadLetterEnd),
    media: group.media.slice(media, mediaEnd),
    mediaSettled: group.mediaSettled.slice(settled, settledEnd),
    calls: [topicOf.length, savedEnd - saved, deadLetterEnd - deadLetter, mediaEnd - media, settledEnd - settled],
    patient: [isPatient],
  };
};
