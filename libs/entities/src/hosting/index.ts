export * from './hosting-attempt.entity';
export * from './project-name.entity';
export * from './project.entity';
export * from './ssh-key.entity';
