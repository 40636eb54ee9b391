-- The shop and the travel companies: what the sagas take effect on.
--
-- In life each of these belongs to a system of its own, with a database of its own. Here they share one schema, so that
-- the demo can add everything up in the end. No saga reads or writes these tables: only the services do.

create schema shop;

-- One row for each request that a service was sent, by the request's idempotency key. It is written in the same
-- transaction as what the request does: a request that comes again finds its answer here, and a request that was canceled
-- before it came finds the row that its cancellation left.
create table shop.requests (
  key text primary key,
  state text not null check (state in ('done', 'undone')),
  answer jsonb
);

create table shop.products (
  sku text primary key,
  price_cents integer not null check (price_cents > 0),
  initial integer not null check (initial >= 0),
  on_hand integer not null check (on_hand between 0 and initial)
);

create table shop.reservations (
  id uuid primary key default gen_random_uuid(),
  order_id text not null,
  sku text not null references shop.products,
  quantity integer not null check (quantity > 0),
  released boolean not null default false
);

create table shop.shipments (
  tracking_id text primary key,
  order_id text not null
);

create table shop.watch_list (
  customer text primary key
);

create table shop.accounts (
  customer text primary key,
  initial_cents integer not null check (initial_cents >= 0),
  balance_cents integer not null check (balance_cents between 0 and initial_cents)
);

-- "purpose" is the order or the trip that is paid for.
create table shop.charges (
  id uuid primary key default gen_random_uuid(),
  customer text not null references shop.accounts,
  purpose text not null,
  amount_cents integer not null check (amount_cents > 0)
);

create table shop.refunds (
  charge_id uuid primary key references shop.charges,
  amount_cents integer not null check (amount_cents > 0)
);

-- Flights, hotels and cars. A company whose "answers" is false cannot be reached.
create table shop.offers (
  name text primary key,
  price_cents integer not null check (price_cents > 0),
  places integer not null check (places >= 0),
  free integer not null check (free between 0 and places),
  answers boolean not null default true
);

create table shop.bookings (
  id uuid primary key default gen_random_uuid(),
  trip_id text not null,
  offer text not null references shop.offers,
  charge_id uuid not null references shop.charges,
  canceled boolean not null default false
);

-- Only for the troubles that the demo plays: how often a request was sent.
create table shop.calls (
  key text primary key,
  count integer not null
);
