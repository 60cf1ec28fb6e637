/** The numbers of tensors: what a picture is written as, and what comes out, whatever type they have in the model. */

/** Types of an input, by the names of onnxruntime. */
export const inputTypes = ['float32', 'float16', 'uint8'] as const;
export type InputType = (typeof inputTypes)[number];

/** Of float16 the bits (IEEE 754 binary16), which are copied faster than they are converted. */
export type InputValues = Float32Array | Uint16Array | Uint8Array;

const encoders: Readonly<Record<InputType, (values: Float32Array) => InputValues>> = {
  float32: values => values,
  float16: values => new Uint16Array(Float16Array.from(values).buffer),
  uint8: values => new Uint8Array(Uint8ClampedArray.from(values).buffer),
};

/** The numbers in the form of this type; bytes are rounded and cut at 0 and 255. */
export const encodeNumbers = (type: InputType, values: Float32Array): InputValues => encoders[type](values);

/** An integer stands for (integer − zero) × scale, as ONNX's DequantizeLinear has it. */
export interface Quantization {
  readonly scale: number;
  readonly zero: number;
}

/** Of `data` as onnxruntime gives it; undefined for texts, truth values and what else is no number. */
export const decodeNumbers = (data: unknown, quantization?: Quantization): Float32Array | undefined => {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float16Array) return Float32Array.from(data);
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  if (!(data instanceof Uint8Array || data instanceof Int8Array || data instanceof Int32Array)) return undefined;
  const values = Float32Array.from(data);
  if (quantization === undefined) return values;
  const { scale, zero } = quantization;
  return values.map(value => (value - zero) * scale);
};
