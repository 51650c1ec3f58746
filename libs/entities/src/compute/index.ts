export * from './image.entity';
export * from './image-copy.entity';
