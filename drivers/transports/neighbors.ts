/** The hardware addresses that the system learned of its neighbors (Linux: the ARP table). */
import { readFile } from 'node:fs/promises';

/** As the system writes it, of a neighbor that just answered; undefined on other systems and beyond a router. */
export const neighborMac = async (address: string): Promise<string | undefined> => {
  const table = await readFile('/proc/net/arp', 'utf8').catch(() => '');
  const row = table.split('\n').find(line => line.startsWith(`${address} `));
  return row?.split(/\s+/)[3];
};
