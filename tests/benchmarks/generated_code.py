"""The 1 MB files that code generators and bundlers leave in real repositories, and the modules that use them.

A generated API client and a module of protocol messages have lines of ordinary length and look like anybody's code; a bundle has
one line. What uses them also publishes, so that whoever follows imports comes to read them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

BYTES = 1_000_000

_RESOURCES = ("Order", "Invoice", "Shipment", "Customer", "Basket", "Refund", "Ticket", "Payment", "Account")
_TYPES = ("string", "number", "boolean", "string[]", "Record<string, string>")


def generated_files(chance: random.Random, service: str, package: str) -> Iterator[tuple[str, str]]:
    """One file of each kind, below a TypeScript service and below the package folder of a Python service; with their users."""
    yield f"{service}/src/generated/api-client.ts", api_client(chance, BYTES)
    yield f"{service}/src/workers/publish_generated.ts", _TYPESCRIPT_USER
    yield f"{service}/public/assets/app-{chance.randrange(16**8):08x}.js", bundle(chance, BYTES)
    yield f"{package}/generated/__init__.py", ""
    yield f"{package}/generated/shop_pb2.py", protocol_messages(chance, BYTES)
    yield f"{package}/workers/publish_generated.py", _PYTHON_USER.replace("@package@", package.rpartition("/")[2])


def api_client(chance: random.Random, size: int) -> str:
    """A TypeScript client as generated from an OpenAPI document, of at least ``size`` characters."""
    parts = [_CLIENT_HEAD]
    length, number = 0, 0
    while length < size:
        name = f"{chance.choice(_RESOURCES)}{number:04d}"
        fields = "".join(
            f"    /**\n     * @type {{{kind}}}\n     * @memberof {name}Dto\n     */\n    'field{at}'?: {kind};\n"
            for at, kind in enumerate(chance.choices(_TYPES, k=chance.randint(3, 12)))
        )
        part = _CLIENT_PART.replace("@fields@", fields).replace("@Name@", name).replace("@name@", name.lower())
        parts.append(part)
        length += len(part)
        number += 1
    return "".join(parts)


def protocol_messages(chance: random.Random, size: int) -> str:
    """A Python module as the protocol buffers compiler wrote it for years, of at least ``size`` characters."""
    parts = [_MESSAGES_HEAD]
    names: list[str] = []
    length = 0
    while length < size:
        name = f"{chance.choice(_RESOURCES)}{len(names):04d}"
        fields = "".join(
            _MESSAGES_FIELD.replace("@at@", str(at)).replace("@number@", str(at + 1)).replace("@type@", str(kind))
            for at, kind in enumerate(chance.choices(range(1, 18), k=chance.randint(2, 9)))
        )
        packed = "".join(f"\\x{chance.randrange(256):02x}" for _ in range(60))
        part = _MESSAGES_PART.replace("@fields@", fields).replace("@packed@", packed)
        part = part.replace("@NAME@", name.upper()).replace("@Name@", name)
        parts.append(part)
        names.append(name)
        length += len(part) + 160
    parts += (
        f"{name} = _reflection.GeneratedProtocolMessageType('{name}', (_message.Message,), {{\n"
        f"  'DESCRIPTOR' : _{name.upper()},\n  '__module__' : 'shop_pb2'\n  }})\n_sym_db.RegisterMessage({name})\n\n"
        for name in names
    )
    return "".join(parts)


def bundle(chance: random.Random, size: int) -> str:
    """Minified JavaScript in one line, of at least ``size`` characters."""
    parts = ["!function(e,t){"]
    length, number = 0, 0
    while length < size:
        resource = chance.choice(_RESOURCES)
        part = (
            f'var f{number}=function(e,t,n){{var r=e.id||t.{resource.lower()},o={{kind:"{resource}",at:{chance.randrange(10**6)}}};'
            f'return n&&n.publish?n.publish("{resource.lower()}s",o):r?Object.assign({{}},e,o):void 0}};'
        )
        parts.append(part)
        length += len(part)
        number += 1
    return "".join([*parts, "}(window,document);\n"])


_CLIENT_HEAD = """/* tslint:disable */
/* eslint-disable */
/**
 * Shop API
 * NOTE: This file is generated from the API's description. Do not edit it by hand.
 */

import globalAxios, { AxiosPromise, AxiosInstance, AxiosRequestConfig } from 'axios';

export interface RequestArgs {
    url: string;
    options: AxiosRequestConfig;
}

export class BaseAPI {
    constructor(protected basePath: string = 'http://localhost', protected axios: AxiosInstance = globalAxios) {}
}

"""

_CLIENT_PART = """/**
 * @export
 * @interface @Name@Dto
 */
export interface @Name@Dto {
@fields@}

/**
 * @Name@Api - request parameter creator
 * @export
 */
export const @Name@ApiParamCreator = function (basePath: string) {
    return {
        /**
         * Reads one by its identifier
         * @param {string} id
         * @param {*} [options] Override http request option.
         * @throws {RequiredError}
         */
        get@Name@: async (id: string, options: AxiosRequestConfig = {}): Promise<RequestArgs> => {
            if (id === null || id === undefined) {
                throw new Error('Required parameter id was null or undefined when calling get@Name@.');
            }
            const localVarPath = `/@name@/{id}`.replace(`{${"id"}}`, encodeURIComponent(String(id)));
            const localVarUrlObj = new URL(localVarPath, basePath);
            const localVarRequestOptions = { method: 'GET', ...options };
            const localVarHeaderParameter = {} as Record<string, string>;
            localVarRequestOptions.headers = { ...localVarHeaderParameter, ...options.headers };
            return { url: localVarUrlObj.toString(), options: localVarRequestOptions };
        },
        /**
         * Writes one
         * @param {string} id
         * @param {@Name@Dto} @name@Dto
         * @param {*} [options] Override http request option.
         * @throws {RequiredError}
         */
        put@Name@: async (id: string, @name@Dto: @Name@Dto, options: AxiosRequestConfig = {}): Promise<RequestArgs> => {
            const localVarPath = `/@name@/{id}`.replace(`{${"id"}}`, encodeURIComponent(String(id)));
            const localVarUrlObj = new URL(localVarPath, basePath);
            const localVarRequestOptions = { method: 'PUT', ...options, data: JSON.stringify(@name@Dto) };
            return { url: localVarUrlObj.toString(), options: localVarRequestOptions };
        },
    };
};

/**
 * @Name@Api - object-oriented interface
 * @export
 * @class @Name@Api
 * @extends {BaseAPI}
 */
export class @Name@Api extends BaseAPI {
    public get@Name@(id: string, options?: AxiosRequestConfig): AxiosPromise<@Name@Dto> {
        return @Name@ApiParamCreator(this.basePath).get@Name@(id, options).then((args) => this.axios.request(args.options)) as never;
    }

    public put@Name@(id: string, @name@Dto: @Name@Dto, options?: AxiosRequestConfig): AxiosPromise<void> {
        return @Name@ApiParamCreator(this.basePath).put@Name@(id, @name@Dto, options).then((args) => this.axios.request(args.options)) as never;
    }
}

"""

_MESSAGES_HEAD = '''# -*- coding: utf-8 -*-
# Generated by the protocol buffer compiler.  DO NOT EDIT!
# source: shop.proto
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from google.protobuf import reflection as _reflection
from google.protobuf import symbol_database as _symbol_database

_sym_db = _symbol_database.Default()

DESCRIPTOR = _descriptor.FileDescriptor(
  name='shop.proto',
  package='shop',
  syntax='proto3',
  serialized_options=None,
)


'''

_MESSAGES_FIELD = """    _descriptor.FieldDescriptor(
      name='field_@at@', full_name='shop.@Name@.field_@at@', index=@at@,
      number=@number@, type=@type@, cpp_type=9, label=1,
      has_default_value=False, default_value=b"".decode('utf-8'),
      message_type=None, enum_type=None, containing_type=None,
      is_extension=False, extension_scope=None,
      serialized_options=None, file=DESCRIPTOR,  create_key=_descriptor._internal_create_key),
"""

_MESSAGES_PART = """_@NAME@ = _descriptor.Descriptor(
  name='@Name@',
  full_name='shop.@Name@',
  filename=None,
  file=DESCRIPTOR,
  containing_type=None,
  create_key=_descriptor._internal_create_key,
  fields=[
@fields@  ],
  extensions=[
  ],
  nested_types=[],
  enum_types=[
  ],
  serialized_options=b'@packed@',
  is_extendable=False,
  syntax='proto3',
  extension_ranges=[],
)

"""

_TYPESCRIPT_USER = """import { Kafka } from 'kafkajs';
import { BaseAPI } from '../generated/api-client';

const producer = new Kafka({ clientId: 'generated', brokers: ['localhost:9092'] }).producer();

export async function announceCall(api: BaseAPI, id: string): Promise<void> {
  await producer.send({ topic: 'order-events', messages: [{ key: id, value: JSON.stringify({ id, api: String(api) }) }] });
}
"""

_PYTHON_USER = """from confluent_kafka import Producer
from @package@.generated.shop_pb2 import DESCRIPTOR

producer = Producer({"bootstrap.servers": "localhost:9092"})


def announce_schema(identifier):
    producer.produce("order-events", key=identifier, value=str(DESCRIPTOR))
    producer.flush()
"""
