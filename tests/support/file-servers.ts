/** Servers to which files are sent, from Debian: OpenSSH and vsftpd, each on a free loopback port in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { accepts, freePort, type Running, start, until } from './resources.ts';

export interface FileServer extends Running {
  readonly port: number;
  /** What the server gives to its user. */
  readonly root: string;
}

export interface SshServer extends FileServer {
  readonly user: string;
  /** `SHA256:…`, as its operator would tell it. */
  readonly hostKey: string;
  /** Logs in. */
  readonly privateKey: string;
}

/** Debian keeps servers where the PATH of a user often does not lead. */
const sbin = (program: string): string => path.join('/usr/sbin', program);

const makeKey = (file: string): void => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
};

/** With `port` it comes back at the same place, with `folder` it finds its keys and files again. */
export const startSshServer = async (folder: string, port?: number): Promise<SshServer> => {
  const own = port ?? (await freePort());
  const root = path.join(folder, 'received');
  const hostKey = path.join(folder, 'host-key');
  const userKey = path.join(folder, 'user-key');
  if (port === undefined) {
    await mkdir(root);
    makeKey(hostKey);
    makeKey(userKey);
  }
  // Where sshd is not started by the system, nobody has made it; only root needs it.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const configuration = [
    `ListenAddress 127.0.0.1:${own}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${userKey}.pub`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
    `ForceCommand internal-sftp -d ${root}`,
  ];
  const file = path.join(folder, 'sshd.conf');
  await writeFile(file, `${configuration.join('\n')}\n`);
  const running = start(sbin('sshd'), ['-D', '-e', '-f', file]);
  await until('sshd listens', () => {
    if (running.process.exitCode !== null) throw new Error(`sshd ended: ${running.output()}`);
    return running.output().includes('Server listening');
  });
  const shown = execFileSync('ssh-keygen', ['-l', '-f', `${hostKey}.pub`], { encoding: 'utf8' });
  return {
    ...running,
    port: own,
    root,
    user: userInfo().username,
    hostKey: /SHA256:\S+/.exec(shown)?.[0] ?? '',
    privateKey: await readFile(userKey, 'utf8'),
  };
};

/** The certificate of a server on the loopback, signed by itself. */
export const makeCertificate = (folder: string): { readonly certificate: string; readonly key: string } => {
  const certificate = path.join(folder, 'certificate.pem');
  const key = path.join(folder, 'key.pem');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=ftp.test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'pipe' },
  );
  return { certificate, key };
};

/** Its only user is `anonymous`, with this password. */
export const ftpPassword = 'correct-horse';

export interface FtpServerOptions {
  readonly folder: string;
  readonly port?: number;
  /** TLS is then demanded. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Lines that come last in its configuration. */
  readonly configuration?: readonly string[];
}

/** As the user of the test: it needs no rights, and leaves no files of others. */
export const startFtpServer = async ({
  folder,
  port,
  tls,
  configuration = [],
}: FtpServerOptions): Promise<FileServer> => {
  const own = port ?? (await freePort());
  const root = path.join(folder, 'received');
  await mkdir(root, { recursive: true });
  const passwords = path.join(folder, 'ftp-passwords');
  await writeFile(passwords, `${ftpPassword}\n`);
  const passive = await freePort();
  const lines = [
    'listen=YES',
    'listen_address=127.0.0.1',
    `listen_port=${own}`,
    'background=NO',
    'run_as_launching_user=YES',
    'anonymous_enable=YES',
    'local_enable=NO',
    'write_enable=YES',
    'anon_upload_enable=YES',
    'anon_mkdir_write_enable=YES',
    'anon_other_write_enable=YES',
    'anon_world_readable_only=NO',
    'anon_umask=022',
    `anon_root=${root}`,
    'secure_email_list_enable=YES',
    `email_password_file=${passwords}`,
    // One file is sent at a time; a port that others took meanwhile is passed over.
    `pasv_min_port=${passive}`,
    `pasv_max_port=${passive + 20}`,
    'seccomp_sandbox=NO',
    'isolate=NO',
    'isolate_network=NO',
    'xferlog_enable=NO',
    ...(tls === undefined
      ? []
      : [
          'ssl_enable=YES',
          'allow_anon_ssl=YES',
          'force_anon_data_ssl=YES',
          'force_anon_logins_ssl=YES',
          `rsa_cert_file=${tls.certificate}`,
          `rsa_private_key_file=${tls.key}`,
        ]),
    ...configuration,
  ];
  const file = path.join(folder, 'vsftpd.conf');
  await writeFile(file, `${lines.join('\n')}\n`);
  const running = start(sbin('vsftpd'), [file]);
  await until('vsftpd listens', () => {
    if (running.process.exitCode !== null) throw new Error(`vsftpd ended: ${running.output()}`);
    return accepts(own);
  });
  return { ...running, port: own, root };
};
