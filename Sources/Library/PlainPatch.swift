extension Instrument {
  /// Thirty-two soft voices: a saw through a low-pass with an envelope. Nodes: `osc`, `filt`, `env`, `vca`.
  public static let plainPatch = """
    {
      "weft": 1,
      "name": "Plain",
      "voices": 32,
      "nodes": {
        "env": { "type": "adsr", "params": { "attack": 0.005, "decay": 0.3, "release": 0.3, "sustain": 0.5 } },
        "filt": { "type": "biquad", "params": { "cutoff": 600, "mode": "lowpass", "q": 0.7 } },
        "keys": { "type": "notes" },
        "osc": { "type": "saw", "params": { "frequency": 440, "gain": 1 } },
        "out": { "type": "output" },
        "touch": { "type": "gain", "params": { "gain": 1 } },
        "vca": { "type": "gain", "params": { "gain": 0.2 } }
      },
      "cables": [
        ["env", "filt/cutoff", 2],
        ["env", "vca/gain"],
        ["filt", "vca"],
        ["keys/gate", "env/gate"],
        ["keys/pitch", "filt/cutoff", 0.5],
        ["keys/pitch", "osc/frequency"],
        ["keys/velocity", "touch/gain"],
        ["osc", "filt"],
        ["touch", "out"],
        ["vca", "touch"]
      ]
    }
    """
}
