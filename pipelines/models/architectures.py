"""Which pipeline tag the class names in `config.json` and `model_index.json` stand for.

Source: the auto-model mappings of transformers 5.23 and the pipelines of diffusers 0.42. In each
table the first tag with a matching pattern wins, so special cases stand before general ones.
"""

import re

LM = "ForConditionalGeneration"

# Patterns match a whole class name
TRANSFORMERS = {
    "translation": rf"(Marian|FSMT|M2M100|NllbMoe|MBart)(MTModel|{LM})|.*ForTextToText",
    "automatic-speech-recognition": (
        rf"(Whisper|Speech2Text|Moonshine\w*|Canary|\w*A[Ss][Rr]|FunAsr\w*){LM}"
        rf"|(KyutaiSpeechToText|\w*Transcribe\w*|GraniteSpeech\w*){LM}"
        r"|.*For(CTC|TDT|RNNT|SpeechSeq2Seq|SpeechToText)|SpeechEncoderDecoderModel"
    ),
    "text-to-speech": (
        r"(Bark|Vits|FastSpeech2Conformer)Model|FastSpeech2ConformerWithHifiGan"
        rf"|(Csm|Dia|HiggsAudioV2|\w*TTS|VibeVoice){LM}|.*ForTextToSpeech"
    ),
    "text-to-audio": rf"Musicgen(Melody)?{LM}",
    "audio-to-audio": r".*ForSpeechToSpeech",
    "zero-shot-audio-classification": r"ClapModel",
    "voice-activity-detection": r".*ForAudioFrameClassification",
    "zero-shot-image-classification": (
        r"((Alt|Chinese)?CLIP|CLIPSeg|\w*Siglip2?|Align|Blip|MetaClip2)Model"
        r"|.*For(ZeroShotImageClassification|ImageTextRetrieval)"
    ),
    "mask-generation": (
        r"(Sam|Sam2(Video)?|SamHQ|Sam3(Tracker|Video)|EdgeTam(Video)?)Model|.*ForMaskGeneration"
    ),
    "zero-shot-object-detection": (
        r"(\w*GroundingDino|Owlv2|OwlViT|OmDetTurbo)ForObjectDetection|.*ForZeroShotObjectDetection"
    ),
    "visual-question-answering": r"(Vilt|Blip)ForQuestionAnswering|.*ForVisualQuestionAnswering",
    "document-question-answering": (
        r"LayoutLM\w*ForQuestionAnswering|.*ForDocumentQuestionAnswering"
    ),
    "table-question-answering": r"TapasForQuestionAnswering|.*ForTableQuestionAnswering",
    "image-to-text": rf"(Blip|Pix2Struct){LM}|VisionEncoderDecoderModel",
    "audio-classification": (
        r"(Data2VecAudio|Hubert|SEWD?|UniSpeech\w*|Wav2Vec2\w*|WavLM)ForSequenceClassification"
        r"|.*ForAudioClassification"
    ),
    "text-classification": r".*ForSequenceClassification",
    "token-classification": r".*ForTokenClassification",
    "question-answering": r".*ForQuestionAnswering(Simple)?",
    "multiple-choice": r".*ForMultipleChoice",
    "decision": r".*ForDecision",
    "fill-mask": r".*ForMaskedLM|(XLM|Flaubert)WithLMHeadModel|\w*BertForPreTraining",
    "image-classification": r".*ForImageClassification\w*",
    "video-classification": r".*ForVideoClassification",
    "object-detection": r".*ForObjectDetection",
    "image-segmentation": (
        r".*For(Semantic|Instance|Universal|Image)?Segmentation|.*ForImageMatting"
    ),
    "depth-estimation": r".*ForDepthEstimation",
    "keypoint-matching": r".*ForKeypointMatching",
    "keypoint-detection": r".*For(KeypointDetection|PoseEstimation)",
    "image-to-image": r".*For(ImageSuperResolution|ImageToImage)",
    "image-text-to-text": r".*For(Vision2Seq|VisionText2Text|ImageTextToText)",
    "visual-document-retrieval": r".*ForRetrieval",
    "time-series-forecasting": r".*For(TimeSeries)?Prediction",
    "image-feature-extraction": r".*ForMaskedImageModeling",
}
GENERATORS = rf".*({LM}|ForCausalLM|LMHeadModel|WithLMHead|EncoderDecoderModel)"
ENCODERS = r".*(Model|Encoder|ForPreTraining|Backbone)"

# Patterns match anywhere in a pipeline's class name; any other pipeline is text-to-image
DIFFUSERS = {
    "audio-to-audio": r"AudioToAudio",
    "text-to-audio": r"Audio(?!ToVideo)|^MusicLDM|^AceStep|^DanceDiffusion|^MiniMaxMusic",
    "image-to-3d": r"ShapEImg2Img",
    "text-to-3d": r"ShapE",
    "image-to-video": (
        r"Image(To|2)Video|StableVideoDiffusion|I2V|Framepack|^PIA|^ConsisID|^Kandinsky6TI2VA"
        r"|^(WanAnimate|SanaWM)|^Cosmos\w*VideoToWorld|^Cosmos2_5_Predict"
    ),
    "video-to-video": (
        r"VideoToVideo|^LucyEdit|Control\w*Video|^(CogVideoXFun|EasyAnimate)Control"
        r"|^WanVACE|^Wan22Vace|^Cosmos2_5_Transfer|LatentUpsample|^LTX2(HDR|DFRTemporal)|^Kandinsky6SR"
    ),
    "text-to-video": (
        r"Video|AnimateDiff|EasyAnimate|^(Wan|LTX|Mochi|Latte|Allegro|Helios|AnyFlow|SkyReelsV2)"
        r"|^Kandinsky5T2V|^CosmosTextToWorld|^Cosmos3"
    ),
    "text-generation": r"^(LLaDA|DiffusionGemma)",
    "depth-estimation": r"^MarigoldDepth",
    "image-to-image": (
        r"Img2Img|Inpaint|Pix2Pix|Upscale|SuperResolution|ImageVariation|Kontext|Edit(?!ing)|Depth2Img"
        r"|I2I|Refiner|^(FluxFill|PaintByExample|RePaint|Marigold|QwenImageLayered)"
    ),
    "unconditional-image-generation": (
        r"^(DDPM|DDIM|PNDM|ScoreSde|KarrasVe|DiT|ConsistencyModel|LDMPipeline)|Uncond"
    ),
}


def transformers_tag(name: str) -> str | None:
    """The tag of a transformers class with a head; None for generators and bare encoders."""
    return next((tag for tag, rule in TRANSFORMERS.items() if re.fullmatch(rule, name)), None)


def diffusers_tag(name: str) -> str:
    return next((tag for tag, rule in DIFFUSERS.items() if re.search(rule, name)), "text-to-image")


def is_generator(name: str) -> bool:
    return bool(re.fullmatch(GENERATORS, name))


def is_encoder(name: str) -> bool:
    return bool(re.fullmatch(ENCODERS, name))
