"""Testing your program against a simulator: a WhatsApp Web stand-in on loopback, with its server, the phone and other people.

    from wa_client.sync import Client
    from wa_client.testing import Simulator

    with Simulator() as sim, Client(page_url=sim.page_url) as client:
        sim.scan(client.qr_code())
        client.wait_ready()
        sim.text("5511988887777", "hello")

With pytest, use the fixture `whatsapp`; see `wa_client.testing.plugin`. `python -m wa_client.testing` (or `wa-sim`) starts the
simulator by itself, for other languages and for looking at it in a browser.
"""

from ._simulator import AsyncSimulator, Simulator, SimulatorError

__all__ = ["AsyncSimulator", "Simulator", "SimulatorError"]
