import { Controller, Get, Module, Post } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { getPort, getVpc, listVpcs, VpcView } from '@nubo/contracts';
import { OpenToAll } from './open-to-all';
import { Lists, Noun, Reads } from './route.decorator';
import { Routes } from './routes';

@Noun('iaas/vpcs', 'VPCs')
class Declared {
  @Lists(listVpcs, VpcView, 'List') listVpcs(): void {}
  @Reads(getVpc, 'Show') getVpc(): void {}
}

@Controller('secrets')
class Undeclared {
  @Get() list(): void {}
  @Post(':id') open(): void {}
  harmless(): void {}
}

@Noun('iaas/ports', 'Ports')
class ForServices {
  @Reads(getPort, 'Show') getPort(): void {}
}

@OpenToAll()
@Controller()
class Door {
  @Get() knock(): void {}
}

type Class = new () => object;

async function routesOf(...controllers: Class[]): Promise<Routes> {
  @Module({ imports: [DiscoveryModule], controllers, providers: [Routes] })
  class Root {}
  const app = await Test.createTestingModule({ imports: [Root] }).compile();
  return app.get(Routes);
}

const booted = async (...controllers: Class[]): Promise<Routes> => {
  const routes = await routesOf(...controllers);
  routes.onModuleInit();
  return routes;
};

describe('the routes', () => {
  it('are known with their whole paths', async () => {
    const routes = await booted(Declared, Door);
    expect(routes.all().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /iaas/vpcs',
      'GET /iaas/vpcs/:id',
    ]);
    expect(routes.methodsOf('/iaas/vpcs/7')).toEqual(['GET']);
    expect(routes.methodsOf('/iaas/vpcs/7/8')).toEqual([]);
  });

  it('stop the boot when one names no operation', async () => {
    await expect(booted(Declared, Undeclared)).rejects.toThrow(
      'routes that name no operation: Undeclared.list, Undeclared.open',
    );
  });

  it('stop the boot when one opens what is meant for services', async () => {
    await expect(booted(ForServices)).rejects.toThrow('ForServices.getPort');
  });

  it('are open without a login only where that is said', async () => {
    const routes = await booted(Declared, Door);
    expect([routes.isOpen(Door), routes.isOpen(Declared), routes.isOpen(Undeclared)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
