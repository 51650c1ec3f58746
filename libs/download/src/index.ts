export * from './download';
export { urlRefusal } from './url-refusal';
