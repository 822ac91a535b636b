"""The timeline of a track: steps, playhead, pause, seek."""

import json

import pytest


def track(steps=3, seconds=20):
    voice = {"synth_function_name": "binaural_beat", "params": {"ampL": 0.2, "ampR": 0.2}}
    listed = [{"duration": seconds, "description": f"part <{i + 1}>", "voices": [voice]} for i in range(steps)]
    return json.dumps({"global_settings": {"crossfade_duration": 0}, "steps": listed})


@pytest.fixture
def timeline(page, weft):
    page.tab.get_by_role("tab", name="Track").click()
    page.tab.get_by_text("No track is loaded").wait_for()
    weft.send("/track/load", track())
    line = page.tab.get_by_role("slider", name="Time of the track")
    line.wait_for()
    return line


def test_timeline_shows_the_steps_of_a_track(page, timeline):
    steps = timeline.locator(".step")
    assert steps.all_inner_texts() == ["1 part <1>", "2 part <2>", "3 part <3>"]
    widths = [step.bounding_box()["width"] for step in steps.all()]
    whole = timeline.bounding_box()["width"]
    assert all(abs(width - whole / 3) < 3 for width in widths)


def test_playhead_moves_and_a_click_seeks(page, weft, timeline):
    page.tab.locator("#panel-track").get_by_role("button", name="Play").click()
    weft.wait_for_sound()
    page.until("document.querySelector('.timeline .head').style.left !== '0%'")
    box = timeline.bounding_box()
    page.tab.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    page.until("Number(document.querySelector('.timeline').getAttribute('aria-valuenow')) >= 44")
    page.until("document.querySelector('.timeline .current')?.textContent.startsWith('3')")
    status = weft.send("/track/status")[-1]
    assert status[status.index("elapsed") + 1] >= 44


def test_track_is_paused_and_sought_by_key(page, weft, timeline):
    panel = page.tab.locator("#panel-track")
    panel.get_by_role("button", name="Play").click()
    weft.wait_for_sound()
    panel.get_by_role("button", name="Pause").click()
    weft.wait_for_sound(False)
    panel.get_by_role("button", name="Resume").wait_for()
    timeline.focus()
    page.tab.keyboard.press("End")
    page.until("Number(document.querySelector('.timeline').getAttribute('aria-valuenow')) >= 59")
    page.tab.keyboard.press("ArrowLeft")
    page.until("Number(document.querySelector('.timeline').getAttribute('aria-valuenow')) < 57")
    panel.get_by_role("button", name="Stop").click()
    page.until("Number(document.querySelector('.timeline').getAttribute('aria-valuenow')) === 0")
