import numpy as np


def softmax_loss_naive(W, X, y, reg):
    """
    Computes the softmax loss and its gradient the slow way.

    W has one column of weights per class (D x C), X has one row per image (N x D).
    """
    number_of_images = X.shape[0]
    number_of_features = X.shape[1]
    number_of_classes = W.shape[1]

    # These two collect what every image contributes.
    loss = 0.0
    dW = np.zeros((number_of_features, number_of_classes))

    for image in range(number_of_images):
        # Step 1: the scores of all classes for this image.
        image_scores = np.dot(X[image, :], W)

        # Step 2: shift them so that the largest score is zero.
        largest_score = np.max(image_scores)
        shifted_scores = image_scores - largest_score

        # Step 3: turn the scores into probabilities.
        exponentials = np.exp(shifted_scores)
        normalizer = np.sum(exponentials)
        probabilities = exponentials / normalizer

        # Step 4: the loss is the negative log probability of the correct class.
        correct_class = y[image]
        image_loss = -np.log(probabilities[correct_class])
        loss = loss + image_loss

        # Step 5: the gradient, one class after the other.
        for current_class in range(number_of_classes):
            if current_class == correct_class:
                score_gradient = probabilities[current_class] - 1.0
            else:
                score_gradient = probabilities[current_class]
            dW[:, current_class] += score_gradient * X[image, :]

    # Step 6: average over the images.
    loss = loss / number_of_images
    dW = dW / number_of_images

    # Step 7: regularization.
    regularization_loss = 0.5 * reg * np.sum(W * W)
    regularization_gradient = reg * W
    loss = loss + regularization_loss
    dW = dW + regularization_gradient

    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    """
    Computes the softmax loss and its gradient for all images at once.
    """
    number_of_images = X.shape[0]
    all_images = np.arange(number_of_images)

    # Step 1: all scores, N x C.
    all_scores = np.dot(X, W)

    # Step 2: every row gets its own shift.
    largest_scores = np.max(all_scores, axis=1).reshape(number_of_images, 1)
    shifted_scores = all_scores - largest_scores

    # Step 3: probabilities, N x C.
    exponentials = np.exp(shifted_scores)
    normalizers = np.sum(exponentials, axis=1).reshape(number_of_images, 1)
    probabilities = exponentials / normalizers

    # Step 4: the loss.
    correct_probabilities = probabilities[all_images, y]
    image_losses = -np.log(correct_probabilities)
    data_loss = np.sum(image_losses) / number_of_images
    regularization_loss = 0.5 * reg * np.sum(W * W)
    loss = data_loss + regularization_loss

    # Step 5: the gradient.
    score_gradients = np.array(probabilities)
    score_gradients[all_images, y] = score_gradients[all_images, y] - 1.0
    data_gradient = np.dot(X.T, score_gradients) / number_of_images
    regularization_gradient = reg * W
    dW = data_gradient + regularization_gradient

    return loss, dW
