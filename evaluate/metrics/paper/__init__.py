"""The metrics that papers print, as pure functions. Each module's docstring is its definition.

level_counts  a photo's joint histogram, from which ``saliency`` and ``overlap`` are computed
saliency      MAE, S-measure, E-measure, F-measure
weighted_f    weighted F-measure
overlap       IoU, Dice, precision and recall of cut masks
outlines      Boundary IoU, boundary F-measure, Hausdorff distances, ASSD, surface Dice
hce           human correction effort (``skeleton`` supports it)
matting       SAD, MSE, gradient and connectivity error, for soft truth

Truth is a Mask (bool H×W), for matting an Alpha. Other evaluators cut 8-bit truth themselves, most
at ``> 128``; here the loaders cut it at ``>= 128``, so a truth pixel of exactly 128 is foreground.

Two readings of a prediction
    *stored*     levels as they are: level / 255
    *stretched*  levels stretched so that the photo's lowest becomes 0 and its highest 1, which
                 PySODMetrics and most evaluators do first. A map nowhere above 3 of 255 that is
                 right in shape gets S = maximal F = weighted F = 1.000 stretched, and nearly 0
                 stored. A constant map cannot be stretched and stays as it is.

Values equal those of PySODMetrics 1.6.2 to 1e-9, except where a docstring says otherwise.
"""
