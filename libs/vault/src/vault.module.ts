import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Resealing, SealedColumns } from './resealing.service';
import { Vault, type SealedColumn } from './vault';

@Global()
@Module({})
export class VaultModule {
  /** With the columns of the service's own schema that hold sealed variables. */
  static of(...columns: SealedColumn[]): DynamicModule {
    const known = { provide: SealedColumns, useValue: new SealedColumns(columns) };
    return { module: VaultModule, providers: [Vault, Resealing, known], exports: [Resealing, Vault] };
  }
}
