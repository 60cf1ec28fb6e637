/** Labels that a detector takes for one another: within a group an object may change its label and stay the same. */

const groups: readonly (readonly string[])[] = [
  ['bicycle', 'motorbike', 'motorcycle'],
  ['car', 'bus', 'truck', 'van', 'train'],
  ['boat', 'ship', 'vessel'],
  ['dog', 'cat', 'cow', 'horse', 'sheep'],
];

const groupOfLabel: ReadonlyMap<string, string> = new Map(
  groups.flatMap(([first = '', ...others]) => [first, ...others].map(label => [label, first])),
);

/** A label that stands in no group is one of its own. */
export const classGroupOf = (label: string): string => groupOfLabel.get(label) ?? label;
