"""
Which checkpoints hear and which see, by the classes that transformers has for them.

The Auto mappings of transformers 5.24 as data, since a look at a folder must not load it. Who
runs a checkpoint can still find that it does not write what was heard or seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["HEARING", "SEEING", "sense"]

Classes = Mapping[str, frozenset[str]]


def _table(listed: str) -> Classes:
    """Classes by model type."""
    found: dict[str, frozenset[str]] = {}
    for kind, name in (pair.split(":") for pair in listed.split()):
        found[kind] = found.get(kind, frozenset()) | {name}
    return found


HEARING: Final = _table("""
    audioflamingo3:AudioFlamingo3ForConditionalGeneration canary:CanaryForConditionalGeneration
    cohere_asr:CohereAsrForConditionalGeneration data2vec-audio:Data2VecAudioForCTC
    dia:DiaForConditionalGeneration fun_asr_nano:FunAsrNanoForConditionalGeneration
    glmasr:GlmAsrForConditionalGeneration granite_speech:GraniteSpeechForConditionalGeneration
    granite_speech5_ctc:GraniteSpeech5ForCTC
    granite_speech_plus:GraniteSpeechPlusForConditionalGeneration hubert:HubertForCTC
    kyutai_speech_to_text:KyutaiSpeechToTextForConditionalGeneration lasr_ctc:LasrForCTC
    moonshine:MoonshineForConditionalGeneration
    moonshine_streaming:MoonshineStreamingForConditionalGeneration
    moss_transcribe_diarize:MossTranscribeDiarizeForConditionalGeneration
    musicflamingo:MusicFlamingoForConditionalGeneration
    nemo_speechlm:Nemotron3_5TranscribeForConditionalGeneration
    nemotron3_5_asr:Nemotron3_5AsrForRNNT nemotron_asr_streaming:NemotronAsrStreamingForRNNT
    omniasr:OmniASRForConditionalGeneration omniasr_ctc:OmniASRForCTC
    parakeet_ctc:ParakeetForCTC parakeet_rnnt:ParakeetForRNNT parakeet_tdt:ParakeetForTDT
    pop2piano:Pop2PianoForConditionalGeneration qwen2_audio:Qwen2AudioForConditionalGeneration
    qwen3_asr:Qwen3ASRForConditionalGeneration seamless_m4t:SeamlessM4TForSpeechToText
    seamless_m4t_v2:SeamlessM4Tv2ForSpeechToText sew:SEWForCTC sew-d:SEWDForCTC
    speech-encoder-decoder:SpeechEncoderDecoderModel
    speech_to_text:Speech2TextForConditionalGeneration speecht5:SpeechT5ForSpeechToText
    unispeech:UniSpeechForCTC unispeech-sat:UniSpeechSatForCTC
    vibevoice:VibeVoiceForConditionalGeneration
    vibevoice_asr:VibeVoiceAsrForConditionalGeneration voxtral:VoxtralForConditionalGeneration
    voxtral_realtime:VoxtralRealtimeForConditionalGeneration wav2vec2:Wav2Vec2ForCTC
    wav2vec2-bert:Wav2Vec2BertForCTC wav2vec2-conformer:Wav2Vec2ConformerForCTC
    wavlm:WavLMForCTC whisper:WhisperForConditionalGeneration
""")
"""Of speech: encoder-decoders, CTC, transducers, and language models with an ear."""

SEEING: Final = _table("""
    apertus1p5:Apertus1p5ForConditionalGeneration aria:AriaForConditionalGeneration
    aya_vision:AyaVisionForConditionalGeneration blip:BlipForConditionalGeneration
    blip:BlipForQuestionAnswering blip-2:Blip2ForConditionalGeneration
    chameleon:ChameleonForConditionalGeneration
    cohere2_vision:Cohere2VisionForConditionalGeneration
    cohere_compass:CohereCompassForConditionalGeneration
    cosmos3_edge:Cosmos3EdgeForConditionalGeneration
    cosmos3_omni:Cosmos3OmniForConditionalGeneration
    deepseek_ocr2:DeepseekOcr2ForConditionalGeneration
    deepseek_vl:DeepseekVLForConditionalGeneration
    deepseek_vl_hybrid:DeepseekVLHybridForConditionalGeneration
    diffusion_gemma:DiffusionGemmaForBlockDiffusion dots3_note:Dots3NoteForConditionalGeneration
    emu3:Emu3ForConditionalGeneration ernie4_5_vl_moe:Ernie4_5_VLMoeForConditionalGeneration
    exaone4_5:Exaone4_5_ForConditionalGeneration fast_vlm:FastVlmForConditionalGeneration
    florence2:Florence2ForConditionalGeneration fuyu:FuyuForCausalLM
    gemma3:Gemma3ForConditionalGeneration gemma3n:Gemma3nForConditionalGeneration
    gemma4:Gemma4ForConditionalGeneration gemma4_unified:Gemma4UnifiedForConditionalGeneration
    git:GitForCausalLM glm46v:Glm46VForConditionalGeneration glm4v:Glm4vForConditionalGeneration
    glm4v_moe:Glm4vMoeForConditionalGeneration glm5_next:Glm5NextForConditionalGeneration
    glm_ocr:GlmOcrForConditionalGeneration glmga:Glm46VForConditionalGeneration
    got_ocr2:GotOcr2ForConditionalGeneration
    granite4_vision:Granite4VisionForConditionalGeneration
    granite_docling:GraniteDoclingForConditionalGeneration
    hunyuan_vl:HunYuanVLForConditionalGeneration hy_v4_vl:HYV4VLForConditionalGeneration
    hyperclovax_vision_v2:HyperCLOVAXVisionV2ForConditionalGeneration
    idefics:IdeficsForVisionText2Text idefics2:Idefics2ForConditionalGeneration
    idefics3:Idefics3ForConditionalGeneration inkling2:Inkling2ForConditionalGeneration
    inkling2_loop:Inkling2LoopForConditionalGeneration
    inkling_mm_model:InklingForConditionalGeneration
    instructblip:InstructBlipForConditionalGeneration
    instructblipvideo:InstructBlipVideoForConditionalGeneration
    internvl:InternVLForConditionalGeneration janus:JanusForConditionalGeneration
    kimi_k25:Kimi_K25ForConditionalGeneration kosmos-2:Kosmos2ForConditionalGeneration
    kosmos-2.5:Kosmos2_5ForConditionalGeneration lfm2_vl:Lfm2VlForConditionalGeneration
    lfm3_vl:Lfm3VlForConditionalGeneration lighton_ocr:LightOnOcrForConditionalGeneration
    llama4:Llama4ForConditionalGeneration llava:LlavaForConditionalGeneration
    llava_next:LlavaNextForConditionalGeneration
    llava_next_video:LlavaNextVideoForConditionalGeneration
    llava_onevision:LlavaOnevisionForConditionalGeneration
    minicpm_ocr:MiniCPMOcrForConditionalGeneration
    minicpmv4_6:MiniCPMV4_6ForConditionalGeneration
    minicpmv4_7:MiniCPMV4_7ForConditionalGeneration
    minimax_m3_vl:MiniMaxM3SparseForConditionalGeneration
    mistral3:Mistral3ForConditionalGeneration
    mistral_large4:MistralLarge4ForConditionalGeneration mllama:MllamaForConditionalGeneration
    molmo2:Molmo2ForConditionalGeneration muse_glimmer:MuseGlimmerForConditionalGeneration
    muse_spark:MuseSparkForConditionalGeneration nemotron_h_omni:NemotronH_Omni_Reasoning_V3
    ovis2:Ovis2ForConditionalGeneration paddleocr_vl:PaddleOCRVLForConditionalGeneration
    paligemma:PaliGemmaForConditionalGeneration
    perception_lm:PerceptionLMForConditionalGeneration
    pix2struct:Pix2StructForConditionalGeneration pp_chart2table:GotOcr2ForConditionalGeneration
    pp_formulanet:PPFormulaNetForConditionalGeneration
    qianfan_ocr:QianfanOCRForConditionalGeneration
    qwen2_5_omni_thinker:Qwen2_5OmniThinkerForConditionalGeneration
    qwen2_5_vl:Qwen2_5_VLForConditionalGeneration qwen2_vl:Qwen2VLForConditionalGeneration
    qwen3_5:Qwen3_5ForConditionalGeneration qwen3_5_moe:Qwen3_5MoeForConditionalGeneration
    qwen3_omni_moe_thinker:Qwen3OmniMoeThinkerForConditionalGeneration
    qwen3_vl:Qwen3VLForConditionalGeneration qwen3_vl_moe:Qwen3VLMoeForConditionalGeneration
    qwen4_exp:Qwen4ExpForConditionalGeneration shieldgemma2:Gemma3ForConditionalGeneration
    smolvlm:SmolVLMForConditionalGeneration step3p7:Step3p7ForConditionalGeneration
    t5gemma2:T5Gemma2ForConditionalGeneration udop:UdopForConditionalGeneration
    unlimited_ocr:UnlimitedOcrForConditionalGeneration
    video_llama_3:VideoLlama3ForConditionalGeneration
    video_llava:VideoLlavaForConditionalGeneration vilt:ViltForQuestionAnswering
    vipllava:VipLlavaForConditionalGeneration vision-encoder-decoder:VisionEncoderDecoderModel
""")
"""Of pictures, with or without a question or a conversation about them."""

SENSES: Final = {"speech-encoder-decoder": HEARING, "vision-language": SEEING}


def sense(model_type: str, classes: tuple[str, ...]) -> str:
    """
    The row of the decision helper, "" for a model of text alone.

    A config that does not say its class is taken for its type's.
    """
    for row, table in SENSES.items():
        known = frozenset[str]().union(*table.values())
        if known.intersection(classes) or (not classes and model_type in table):
            return row
    return ""
