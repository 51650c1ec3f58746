import { SetMetadata } from '@nestjs/common';

const OPEN = 'nubo:open';

/** A controller that is no part of the API: anybody may use it, and the document does not show it. */
export const OpenToAll = (): ClassDecorator => SetMetadata(OPEN, true);

export const isOpenToAll = (controller: object): boolean => Reflect.getMetadata(OPEN, controller) === true;
