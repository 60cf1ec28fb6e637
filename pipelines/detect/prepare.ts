/** Pixels → input tensor. Pure but for the tensor, which is used again for every picture. */
import type { Picture } from '../../core/observation.ts';
import type { Manifest } from '../../models/manifest.ts';
import { encodeNumbers, type InputValues } from '../../models/numbers.ts';

/** Where the picture stands in the model's input, in pixels of the input. */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Preparation {
  /** Valid until the next call of `prepare`. */
  readonly tensor: InputValues;
  /** Writes the picture, which fits inside the input, into `tensor`. */
  prepare(picture: Picture): Placement;
}

const placementOf = ({ input }: Manifest, { width, height }: { width: number; height: number }): Placement => {
  const centered = input.letterbox.placement === 'center';
  return {
    left: centered ? (input.width - width) >> 1 : 0,
    top: centered ? (input.height - height) >> 1 : 0,
    width,
    height,
  };
};

/** value = (color − mean) × scale for the 256 colors of each channel of the tensor. */
const normalization = ({
  input: { type, mean, scale },
}: Manifest): readonly [InputValues, InputValues, InputValues] => {
  const table = (channel: 0 | 1 | 2): InputValues =>
    encodeNumbers(
      type,
      Float32Array.from({ length: 256 }, (_, color) => (color - mean[channel]) * scale[channel]),
    );
  return [table(0), table(1), table(2)];
};

export const createPreparation = (manifest: Manifest): Preparation => {
  const { width, height, layout, colors, letterbox } = manifest.input;
  const area = width * height;
  const tensor = encodeNumbers(manifest.input.type, new Float32Array(area * 3));
  const tables = normalization(manifest);
  const [red, green, blue] = colors === 'rgb' ? ([0, 1, 2] as const) : ([2, 1, 0] as const);
  const redTable = tables[red];
  const greenTable = tables[green];
  const blueTable = tables[blue];
  const channelStep = layout === 'nchw' ? area : 1;
  const pixelStep = layout === 'nchw' ? 1 : 3;
  let padded: Placement | undefined;

  const pad = (): void => {
    for (const channel of [0, 1, 2] as const) {
      const value = tables[channel][letterbox.pad] ?? 0;
      if (layout === 'nchw') tensor.fill(value, channel * area, (channel + 1) * area);
      else for (let at = channel; at < tensor.length; at += 3) tensor[at] = value;
    }
  };

  return {
    tensor,
    prepare: picture => {
      const placement = placementOf(manifest, picture);
      if (padded?.width !== placement.width || padded.height !== placement.height) {
        pad();
        padded = placement;
      }
      const { pixels } = picture;
      let from = 0;
      for (let y = 0; y < picture.height; y++) {
        let at = ((placement.top + y) * width + placement.left) * pixelStep;
        for (const end = from + picture.width * 3; from < end; from += 3, at += pixelStep) {
          tensor[at + red * channelStep] = redTable[pixels[from] ?? 0] ?? 0;
          tensor[at + green * channelStep] = greenTable[pixels[from + 1] ?? 0] ?? 0;
          tensor[at + blue * channelStep] = blueTable[pixels[from + 2] ?? 0] ?? 0;
        }
      }
      return placement;
    },
  };
};
