/** What the SFTP server asks the hosting service, over its internal HTTP port. */
import { Flag, Id, Int, Text } from '../wire/fields';

export class OpenSftpSession {
  @Text({ min: 1, max: 64 }) login!: string;
  @Text({ min: 1, max: 64, description: 'Where the client is.' }) address!: string;
  @Text({ optional: true, max: 1_000 }) password?: string;
  @Text({ optional: true, max: 4_000, description: 'A key whose signature was checked.' }) publicKey?: string;
}

export class CheckSftpKey {
  @Text({ min: 1, max: 64 }) login!: string;
  @Text({ min: 1, max: 64 }) address!: string;
  @Text({ max: 4_000 }) publicKey!: string;
}

export interface SftpLimits {
  /** Of all files together. */
  bytes: number;
  files: number;
  fileBytes: number;
}

export interface SftpSessionView {
  sessionId: string;
  projectId: string;
  limits: SftpLimits;
}

export class SftpActivity {
  @Int(0, 100_000, { description: 'Files that are open for writing.' }) writers!: number;
  @Flag({ description: 'Something was changed.' }) touched!: boolean;
  @Flag({ optional: true, description: 'A file .deploy came.' }) deploy?: boolean;
}

export class SftpSessionId {
  @Id() sessionId!: string;
}
