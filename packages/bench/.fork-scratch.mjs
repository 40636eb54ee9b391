

import { createBackstep, defineSaga, reject, startWorker } from '@backstep/engine'
import { migrate } from '@backstep/engine/postgres'
import pg from 'pg'
import { z } from 'zod'
const url='postgres://root@127.0.0.1:5432/'
const db='fork_scratch'
const c=new pg.Client(url+'test'); await c.connect(); await c.query(`drop database if exists ${db} with (force)`); await c.query(`create database ${db}`); await c.end()
await migrate({databaseUrl:url+db})
const n=Number(process.argv[2]??10), conc=Number(process.argv[3]??50)
process.on("uncaughtException",e=>console.log("UNC",e)); const b=createBackstep({databaseUrl:url+db, redisUrl:'redis://127.0.0.1:6379', logger: process.env.LOG? {debug(){},info(){},warn:console.log,error:console.log}:undefined})
const saga=defineSaga({name:'trip',version:1,input:z.object({n:z.number(), fail:z.boolean()})})
 .step('quote',{action:()=>1, compensation:'none',reason:'reads'})
 .parallel('book', (p)=>p.branch('flight',(x)=>x.step('seat',{action:()=>'s', compensation:()=>{}}).step('meal',{action:()=>'m',compensation:()=>{}}))
   .branch('hotel',(x)=>x.step('room',{action:()=>'r',compensation:()=>{}})))
 .forEach('tickets', ({input})=>Array.from({length:input.n},(_,i)=>i), (e)=>e.step('issue',{action:({item,index})=>({item,index}), compensation:()=>{}}),{concurrency:conc})
 .when('insured', ({input})=>input.n>3, (t)=>t.step('insure',{action:()=>'i',compensation:()=>{}}))
 .step('check',{action:({input})=>{ if(input.fail) throw reject('no','nope'); return 1}, compensation:'none',reason:'x'})
 .output(({results})=>({count:results.tickets.length, last: results.tickets.at(-1), seat: results.seat, insure: results.insure}))
const w=await startWorker({backstep: b, sagas:[saga], concurrency:200})
for (const fail of [false,true]) {
 const t=performance.now(); const cpu=process.cpuUsage()
 const s=await b.start(saga,{input:{n,fail}})
 const r=await s.result({timeout:'10m'})
 const u=process.cpuUsage(cpu)
 const ms=performance.now()-t
 console.log(fail?'back':'forth', r.status, JSON.stringify(r.output??null)?.slice(0,150), Math.round(ms),'ms', (ms/n).toFixed(2),'ms/item cpu', ((u.user+u.system)/1000/n).toFixed(2))
 const d=await b.describe(s.sagaId)
 console.log(' rows', d.journal.length, 'events', d.journal.flatMap(e=>e.events).length)
{const c={}; for(const x of d.journal.flatMap(e=>e.events)) c[x.type]=(c[x.type]??0)+1; console.log(JSON.stringify(c)); let prev=d.journal[0].at; for(const e of d.journal){ if(e.at-prev>900) console.log('gap',Math.round(e.at-prev),'before',e.seq,e.events.length,e.events[0].type); prev=e.at}}
 if(n<4) for(const e of d.journal) console.log(e.seq, e.events.map(x=>x.type+':'+(x.step??x.branch??'')).join(' '))
}
await w.stop(); await b.close()
