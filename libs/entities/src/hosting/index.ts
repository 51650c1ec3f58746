export * from './hosting-attempt.entity';
export * from './project-name.entity';
export * from './project-release.entity';
export * from './project.entity';
export * from './sftp-session.entity';
export * from './ssh-key.entity';
