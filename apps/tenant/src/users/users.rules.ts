import { invalidFields, type NuboError } from '@nubo/contracts';

/** A user's name: the part of the address before the @, as far as an RFC 1123 label can hold it. */
export function userNameOf(email: string): string {
  const label = email
    .split('@')[0]
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return label || 'user';
}

export const currentPasswordMissing = (): NuboError =>
  invalidFields([{ field: 'currentPassword', message: 'is needed to change one’s own password' }]);

export const passwordUnchanged = (): NuboError =>
  invalidFields([{ field: 'password', message: 'must differ from the one before' }]);
