export * from './attempt.entity';
export * from './mail.entity';
export * from './password-reset.entity';
export * from './tenant.entity';
export * from './user.entity';
