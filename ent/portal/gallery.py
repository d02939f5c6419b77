def gallery(request): raise NotImplementedError
