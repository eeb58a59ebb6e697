"""In which type CUDA's autocast runs an operator, by torch's name of it.

Source: aten/src/ATen/autocast_mode.h, whose lists these are, and cudnn/AutocastRNN.cpp for
recurrent layers. What is in no list follows the promotion of types.
"""

from convcalc.facts.operators.vocabulary import (
    FLOAT32,
    FOLLOW,
    HALF,
    INTO_FLOAT32,
    MIXED,
    PROMOTED,
    TO_FLOAT32,
    AutocastRule,
)

LISTS = {
    HALF: """
        _convolution conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d
        conv_transpose3d convolution cudnn_convolution cudnn_convolution_transpose prelu addmm addmv
        addr matmul einsum mm mv linalg_vecdot linear addbmm baddbmm bmm chain_matmul
        linalg_multi_dot _thnn_fused_lstm_cell _thnn_fused_gru_cell lstm_cell gru_cell rnn_tanh_cell
        rnn_relu_cell _scaled_dot_product_flash_attention scaled_dot_product_attention
        lstm gru rnn_tanh rnn_relu""",
    FLOAT32: """
        acos asin cosh erfinv exp expm1 log log10 log2 log1p reciprocal rsqrt sinh tan pow softplus
        layer_norm native_layer_norm rms_norm group_norm frobenius_norm nuclear_norm
        cosine_similarity poisson_nll_loss cosine_embedding_loss nll_loss nll_loss2d
        hinge_embedding_loss kl_div l1_loss smooth_l1_loss huber_loss mse_loss margin_ranking_loss
        multilabel_margin_loss soft_margin_loss triplet_margin_loss multi_margin_loss
        binary_cross_entropy_with_logits dist pdist cdist renorm logsumexp upsample_nearest1d
        _upsample_nearest_exact1d upsample_nearest2d _upsample_nearest_exact2d upsample_nearest3d
        _upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d _upsample_bilinear2d_aa
        upsample_trilinear3d upsample_bicubic2d _upsample_bicubic2d_aa
        square""",  # the last calls pow
    TO_FLOAT32: "softmax log_softmax",
    INTO_FLOAT32: """
        prod cumprod cumsum linalg_vector_norm linalg_matrix_norm sum norm
        linalg_norm""",  # the last calls the others
    PROMOTED: """
        addcdiv addcmul atan2 bilinear cross dot vdot grid_sampler index_put tensordot
        scatter_add""",
    FOLLOW: "batch_norm native_batch_norm cudnn_batch_norm instance_norm",  # of any parameters
}
RULES = {name: rule for rule, names in LISTS.items() for name in names.split()}
IN_PLACE_MARK = "_"  # at the end of a name: it stays in the type that its operand has


def autocast_rule(name: str) -> AutocastRule:
    """The rule for torch's operator of that name."""
    return FOLLOW if name.endswith(IN_PLACE_MARK) else RULES.get(name, MIXED)
