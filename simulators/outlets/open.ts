import { z } from 'zod';
import type { Heard, Outlet } from './outlet.ts';
import { openPtyOutlet, ptyOutletConfig } from './pty.ts';
import { openTcpOutlet, tcpOutletConfig } from './tcp.ts';
import { openUdpOutlet, udpOutletConfig } from './udp.ts';
import { openUsbOutlet, usbOutletConfig } from './usb.ts';

export const outletConfig = z
  .discriminatedUnion('transport', [tcpOutletConfig, udpOutletConfig, ptyOutletConfig, usbOutletConfig])
  .describe('How a gateway is connected to the device.');
export type OutletConfig = z.output<typeof outletConfig>;

/** `heard` is given what a gateway says. Throws `unreachable` when the port is taken, and `unsupported` when there is no socat for a pty. */
export const openOutlet = (config: OutletConfig, heard?: Heard): Promise<Outlet> => {
  switch (config.transport) {
    case 'tcp-server':
      return openTcpOutlet(config, heard);
    case 'udp':
      return openUdpOutlet(config);
    case 'pty':
      return openPtyOutlet(config, heard);
    case 'usb':
      return openUsbOutlet(config, heard);
  }
};
