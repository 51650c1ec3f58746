import { Module } from '@nestjs/common';
import { RouterNatDriver, SshRouterNatDriver } from './router-nat.driver';
import { RouterNatReconciler } from './router-nat.reconciler';

@Module({ providers: [{ provide: RouterNatDriver, useClass: SshRouterNatDriver }, RouterNatReconciler] })
export class RouterNatModule {}
