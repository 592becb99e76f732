"""What lets a worker without a network reach listed hosts: a proxy outside its sandbox, and a way to it inside."""
