"""The tutorial's server as it stands, in our own words: what `judge.ts` judges. Not to be improved here.

Where the tutorial leaves a choice open, the one in its favour is taken: no time limit for the model, and a client that is
seen to go takes its task along.
"""

import asyncio
import json
import os

import httpx
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

BASE_URL = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
API_KEY = os.environ.get("OPENAI_API_KEY", "")

app = FastAPI()


async def model_tokens(messages, model):
    body = {"model": model, "messages": messages, "stream": True}
    async with httpx.AsyncClient(timeout=None, headers={"Authorization": f"Bearer {API_KEY}"}) as client:
        async with client.stream("POST", f"{BASE_URL}/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line == "data: [DONE]":
                    break
                if line.startswith("data: "):
                    content = json.loads(line[6:])["choices"][0]["delta"].get("content")
                    if content:
                        yield content
    yield "[END]"


class ConnectionManager:
    def __init__(self):
        self.sockets = {}
        self.tasks = {}

    async def connect(self, connection_id, socket):
        await socket.accept()
        self.sockets[connection_id] = socket

    def disconnect(self, connection_id):
        self.sockets.pop(connection_id, None)
        self.cancel(connection_id)

    def cancel(self, connection_id):
        if connection_id in self.tasks:
            self.tasks.pop(connection_id).cancel()

    def answer(self, connection_id, messages, model):
        self.cancel(connection_id)
        self.tasks[connection_id] = asyncio.create_task(self.stream(connection_id, messages, model))

    async def stream(self, connection_id, messages, model):
        async for content in model_tokens(messages, model):
            try:
                await self.sockets[connection_id].send_json({"type": "token", "content": content})
            except (WebSocketDisconnect, RuntimeError):
                self.disconnect(connection_id)
            await asyncio.sleep(0.001)


manager = ConnectionManager()


@app.websocket("/ws/chat/{connection_id}")
async def chat(socket: WebSocket, connection_id: str):
    await manager.connect(connection_id, socket)
    try:
        while True:
            prompt = await socket.receive_json()
            manager.answer(connection_id, prompt["messages"], prompt["model"])
    except WebSocketDisconnect:
        manager.disconnect(connection_id)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), log_level="warning")
