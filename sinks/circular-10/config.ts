import { z } from 'zod';
import { duration, host, identifier, port, secret } from '../../core/fields.ts';
import { isQuantity, type QuantityName, quantities, unitsOf } from '../../core/quantity.ts';
import { hours, minutes, seconds } from '../../core/time.ts';
import { unitTextOf, usualWritings } from './quantities.ts';

/** Printable ASCII without what separates columns: nothing in a file can be read as another column or line. */
const word = (longest: number) =>
  z
    .string()
    .regex(/^[\x21-\x3a\x3c-\x7e]+$/, 'expected printable ASCII without spaces and ";"')
    .max(longest);

const quantityNames = Object.keys(quantities).filter(isQuantity);

const valueSchema = z
  .strictObject({
    device: identifier().describe('Device whose 5-minute mean it is.'),
    quantity: z
      .enum(quantityNames as [QuantityName, ...QuantityName[]])
      .describe('What it measures: see docs/integration.md.'),
    symbol: word(32).optional().describe('First column; that of Appendix 15, table 34, when absent.'),
    unit: z.string().max(32).optional().describe('Unit (UCUM code) to which values are converted.'),
    unitText: word(32).optional().describe('The unit as it is written, where the authority writes it in another way.'),
    decimals: z.int().min(0).max(6).optional().describe('Digits behind the decimal mark.'),
  })
  .superRefine(({ quantity, symbol, unit }, context) => {
    if (symbol === undefined && usualWritings[quantity] === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['symbol'],
        message: `table 34 has no symbol for "${quantity}": give one`,
      });
    }
    if (unit !== undefined && !unitsOf(quantity).includes(unit)) {
      const message = `"${quantity}" cannot be told in it: expected ${unitsOf(quantity).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['unit'], message });
    }
  })
  .transform(({ symbol, unit, unitText, decimals, ...rest }) => {
    const usual = usualWritings[rest.quantity];
    const chosen = unit ?? usual?.unit ?? quantities[rest.quantity].unit;
    return {
      ...rest,
      symbol: symbol ?? usual?.symbol ?? rest.quantity,
      unit: chosen,
      unitText: unitText ?? unitTextOf(chosen),
      decimals: decimals ?? usual?.decimals ?? 2,
    };
  });

const remoteFolder = () =>
  z
    .string()
    .max(512)
    .regex(
      /^(?:\/?(?:[A-Za-z0-9._ -]|\{yyyy\}|\{MM\}|\{dd\})+)+\/?$|^\/$/,
      'expected a path such as "/data/{yyyy}/{MM}"',
    )
    .refine(path => !path.split('/').includes('..'), 'no ".." in it')
    .describe('Folder at the server; {yyyy}, {MM} and {dd} stand for the day of the file. Made where it is missing.');

const login = {
  host: host().describe('Server of the authority.'),
  user: z.string().min(1).max(256).describe('User at the server.'),
  folder: remoteFolder().default('.'),
} as const;

const folderDelivery = z.strictObject({
  transport: z.literal('folder').describe('Into a folder of this machine, from which somebody else takes the files.'),
  path: z
    .string()
    .max(1024)
    .regex(/^\//, 'expected a path from the root, such as "/srv/circular-10"')
    .describe('The folder, which the user of the gateway may write to.'),
});

const sftpDelivery = z
  .strictObject({
    transport: z.literal('sftp').describe('SFTP: files over SSH.'),
    ...login,
    port: port().default(22),
    hostKey: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'expected "SHA256:" and 43 characters, as `ssh-keygen -lf` prints it')
      .describe('Fingerprint of the key of the server, as its operator tells it: no other server gets a file.'),
    password: secret().optional().describe('Password of that user.'),
    privateKey: secret().optional().describe('Private key of that user (OpenSSH or PEM), without a passphrase.'),
  })
  .refine(({ password, privateKey }) => (password === undefined) !== (privateKey === undefined), {
    path: ['password'],
    message: 'expected either "password" or "privateKey"',
  });

const ftpDelivery = z
  .strictObject({
    transport: z.literal('ftp').describe('FTP, in passive mode.'),
    ...login,
    port: port().optional().describe('21, or 990 for "implicit" TLS, when absent.'),
    password: secret().describe('Password of that user.'),
    tls: z
      .enum(['explicit', 'implicit', 'none'])
      .default('explicit')
      .describe('"explicit": FTPS by AUTH TLS; "none": everybody on the way can read the password.'),
    ca: z.string().max(1024).optional().describe("PEM file with the authorities that sign the server's certificate."),
  })
  .refine(({ tls, ca }) => tls !== 'none' || ca === undefined, { path: ['ca'], message: 'only used with TLS' });

/** One entry of `uplinks` with `sink: circular-10`. */
export const circular10Schema = z
  .strictObject({
    name: identifier().describe('Name of this sink; its files are kept under it, so keep it.'),
    sink: z.literal('circular-10').describe('Kind of the sink.'),
    station: z
      .string()
      .regex(/^[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+){0,4}$/, 'expected letters, digits and "-", in parts joined by "_"')
      .max(120)
      .describe('Begin of each file name, as registered: province, facility and station, "Hue_SoTNMT_KimLong".'),
    values: z.array(valueSchema).min(1).max(100).describe('The lines of a file, in their order.'),
    delivery: z
      .discriminatedUnion('transport', [folderDelivery, sftpDelivery, ftpDelivery])
      .describe('How files get to the authority.'),
    separator: z.enum(['tab', ';', ',', 'space']).default('tab').describe('Between columns.'),
    decimalMark: z.enum(['.', ',']).default('.').describe('Of values.'),
    missing: z
      .string()
      .regex(/^[A-Za-z0-9.-]{0,16}$/, 'expected at most 16 letters, digits, "." and "-"')
      .default('0')
      .describe('In place of a value that is not there; the status beside it says so.'),
    wait: duration({ minimum: seconds(10), maximum: minutes(30) })
      .prefault('2m')
      .describe('How long a file waits for values after its time; then it says that their devices are in error.'),
    keep: duration({ minimum: hours(60 * 24), maximum: hours(10 * 366 * 24) })
      .prefault('60d')
      .describe('How long files are kept; the circular asks for at least 60 days.'),
  })
  .superRefine(({ values, separator, decimalMark }, context) => {
    for (const [index, { symbol }] of values.entries()) {
      const first = values.findIndex(other => other.symbol === symbol);
      if (first < index) {
        const message = `"${symbol}" stands in line ${first + 1} of the file already: give another "symbol"`;
        context.addIssue({ code: 'custom', path: ['values', index, 'symbol'], message });
      }
      if (separator === ',' && (symbol.includes(',') || decimalMark === ',')) {
        const message = 'symbols or values hold "," themselves: choose another separator';
        context.addIssue({ code: 'custom', path: ['separator'], message });
        return;
      }
    }
  });

export type Circular10Config = z.output<typeof circular10Schema>;
export type Circular10Value = Circular10Config['values'][number];
export type DeliveryConfig = Circular10Config['delivery'];
